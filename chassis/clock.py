"""The only place that asks what time it is; the demonstration and the tests move it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock:
    """Real time, or real time moved by the seconds written in `offset_file` (demonstration only)."""

    def __init__(self, offset_file: Path | None = None) -> None:
        self.offset_file = offset_file

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC) + self._offset()

    def _offset(self) -> timedelta:
        if self.offset_file is None or not self.offset_file.exists():
            return timedelta(0)
        return timedelta(seconds=float(self.offset_file.read_text() or "0"))
