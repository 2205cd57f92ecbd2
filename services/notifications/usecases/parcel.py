"""What is handed to a provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from contracts.ids import NoticeId

Machine = Literal["sms", "email"]


@dataclass(frozen=True)
class Parcel:
    """A message on its way to a provider. `calendars` are the files that go with an e-mail."""

    notice_id: NoticeId
    channel: Machine
    provider: str
    to: str
    text: str
    correlation: str
    subject: str = ""
    html: str = ""
    stop: str = ""
    calendars: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """`all_of_them`: nothing else was due."""

    parcels: Sequence[Parcel]
    all_of_them: bool
