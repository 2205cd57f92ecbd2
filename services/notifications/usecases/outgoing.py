"""One message to one person, ready to leave, and what its provider made of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from contracts.ids import NoticeId

Machine = Literal["sms", "email"]
Trouble = Literal["temporary", "permanent"]
TWO_DAYS = 2880  # minutes: what operators hold a message for, at most


@dataclass(frozen=True)
class OutgoingMessage:
    """A message on its way to a provider. `calendars` are the files that go with an e-mail.

    `valid_for` minutes: after that it has lost its sense, and the network is not to deliver it any more. Rule 21.
    """

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
    valid_for: int = TWO_DAYS


def minutes_left(until: Iterable[datetime | None], now: datetime) -> int:
    """Count as long as anything of it makes sense; 1 at least, as the networks want it."""
    ends = [*until]
    last = max((end for end in ends if end), default=None)
    if last is None or None in ends:
        return TWO_DAYS
    return min(max(int((last - now).total_seconds()) // 60, 1), TWO_DAYS)


@dataclass(frozen=True)
class Claim:
    """The messages that one transaction composed. `nothing_left`: nothing else was due."""

    messages: Sequence[OutgoingMessage]
    nothing_left: bool


class Sent(NamedTuple):
    """The provider took it, under an id of its own."""

    provider: str
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """It was surely not taken. Temporary: worth another try. Permanent: this address or number will never work."""

    failure: Trouble
    reason: str


@dataclass(frozen=True)
class Unclear:
    """It may have been taken: asked about by its reference, never simply sent again."""

    reason: str


@dataclass(frozen=True)
class Absent:
    """The provider never had it."""


Outcome = Sent | Refused | Unclear
Lookup = Sent | Absent | Unclear
