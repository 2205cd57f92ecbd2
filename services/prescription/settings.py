"""What prescription is told from outside. Times are real days, hours and seconds."""

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from chassis.settings import Secret
from county.settings import CountySettings


class Settings(CountySettings):
    """`validity`: how long a book may be used, for ever when none (rule 8).

    `news_old_after`: how old booking's last news may be when they decide about a right (rule 2). `glass_open_for`: how
    long a reason given opens another centre's record. `tick_every`: see docs/decisions/0005.
    """

    service: ClassVar[str] = "prescription"

    erasure_secret: Secret  # of the digests of the erased alone; the same for ever, and stored apart from the backups

    validity: timedelta | None = None
    news_old_after: timedelta = timedelta(minutes=2)
    glass_open_for: timedelta = timedelta(hours=1)
    tick_every: timedelta = timedelta(hours=6)
    searches_alarm: int = Field(60, ge=1)  # of one agent in a day: an administrator is told
    searches_most: int = Field(300, ge=1)
    unbooked_after: timedelta = timedelta(days=14)
    copies_due: timedelta = timedelta(days=30)  # the law gives a month; then an administrator is told
