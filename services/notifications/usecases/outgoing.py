"""What is handed to a provider."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.ids import NoticeId

Machine = Literal["sms", "email"]
TWO_DAYS = 2880  # minutes: what operators keep a message for, at most


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
    """As long as anything of it makes sense; 1 at least, as the networks want it."""
    ends = [*until]
    last = max((end for end in ends if end), default=None)
    if last is None or None in ends:
        return TWO_DAYS
    return min(max(int((last - now).total_seconds()) // 60, 1), TWO_DAYS)


@dataclass(frozen=True)
class Claim:
    """`nothing_left`: nothing else was due."""

    messages: Sequence[OutgoingMessage]
    nothing_left: bool
