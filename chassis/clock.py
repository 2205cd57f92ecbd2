"""The only place that asks what time it is; the demonstration and the tests move it."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
LOOK_EVERY = 0.02  # seconds


class Clock:
    """Real time, or real time moved by the seconds written in `offset_file` (demonstration only)."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self.offset_file = offset_file
        self._known, self._look_again = timedelta(0), 0.0

    def now(self) -> datetime:
        """Return the moment, aware, in UTC."""
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """Return how far this clock is ahead of real time."""
        if self.offset_file is not None and time.monotonic() >= self._look_again:
            self._known = timedelta(seconds=float(self.offset_file.read_text()) if self.offset_file.exists() else 0)
            self._look_again = time.monotonic() + LOOK_EVERY
        return self._known


def move(offset_file: Path, to: datetime) -> None:
    """Return once it is that time by every clock of this file: each looks again within `LOOK_EVERY`."""
    part = offset_file.with_suffix(".part")
    part.write_text(str((to - datetime.now(UTC)).total_seconds()))
    part.replace(offset_file)
    time.sleep(2 * LOOK_EVERY)
