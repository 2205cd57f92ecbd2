"""What prescription is told from outside. Times are real days, hours and seconds."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from chassis.settings import Secret, Unit
from county.settings import CountySettings


class Settings(CountySettings):
    service: ClassVar[str] = "prescription"

    erasure_secret: Secret
    """Keys the digests of the erased; the same for ever, and stored away from the backups."""

    session_private_key: Secret
    """Signs sign-ins and keys for software, as a JWK; its public part is in PASS_SESSION_KEYS of every service."""
    personas_file: Path | None = None
    """Names the file of demonstration personas."""

    validity: timedelta | None = None
    """Is how long a book may be used; for ever when it is not set (rule 8)."""
    news_old_after: timedelta = timedelta(minutes=2)
    """Is how old booking's last news may be when they decide about a right (rule 2)."""
    glass_open_for: timedelta = timedelta(hours=1)
    """Is how long a reason given opens what is another centre's."""
    tick_every: timedelta = timedelta(hours=6)
    """Is how often each partition of the contacts gets a record, without which Kafka would not clean it."""
    searches_alarm: Annotated[int, Field(ge=1), Unit("searches a day")] = 60
    """Is from how many searches of an agent in a day an administrator is warned."""
    searches_most: Annotated[int, Field(ge=1), Unit("searches a day")] = 300
    """Is how many searches an agent may make in a day."""
    unbooked_after: timedelta = timedelta(days=14)
    """Is after how long a book without a booking is shown to its centre."""
    copies_due: timedelta = timedelta(days=30)
    """Is after how long a copy that is not complete warns an administrator: the law gives a month."""
