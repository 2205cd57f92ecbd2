"""The values that rules 21 to 25 speak of, as those who decide need them."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class NoticePolicy:
    """Says how often, how long and when messages are tried; the settings hold the values.

    Sending is attempted `attempts` times in any case, and again for `tried_for`. A message that may have left is asked
    about after `interrupted_after`, and is unknown after `unknown_after`. A receipt is waited for during
    `receipts_within`. Who was not seen since `unseen_after` is reminded. `quiet_hours` lets messages wait for the
    morning.
    """

    attempts: int
    tried_for: timedelta
    interrupted_after: timedelta
    unknown_after: timedelta
    receipts_within: timedelta
    unseen_after: timedelta
    quiet_hours: bool
