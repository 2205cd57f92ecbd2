"""The providers of SMS: how much of the traffic each takes, and when it moves. Rule 24."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from contracts.ids import uuid7
from services.notifications.model.record import Record

ERRORS, ERRORS_WITHIN = 50, timedelta(seconds=60)
SLOW_PART, SLOW_AFTER, SLOW_WITHIN = 0.15, timedelta(minutes=5), timedelta(minutes=15)
ENOUGH = 20  # messages, to speak of a part of them
ERRORS_ON_TRIAL = ENOUGH_ON_TRIAL = 5  # while it comes back
REST, STEP, STEP_EVERY = timedelta(minutes=5), 20, timedelta(minutes=1)
WHOLE = 100


@dataclass(frozen=True)
class Health:
    """Of the last minute and of the last quarter of an hour; `arrived`: of what was sent since it was last changed."""

    errors: int = 0
    sent: int = 0
    slow: int = 0
    arrived: int = 0

    def is_slow(self, enough: int = ENOUGH) -> bool:
        return self.sent >= enough and self.slow / self.sent >= SLOW_PART


class Provider(Record):
    """`share`: 100 in health, 0 when its traffic has moved. `spent` are the segments of `spent_on`, Paris time.

    What is older than `judged_since`, when it was moved or restored, is held against it no more.
    """

    __tablename__ = "providers"
    __table_args__ = (CheckConstraint("share between 0 and 100", name="share"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    share: Mapped[int]
    changed_at: Mapped[datetime]
    judged_since: Mapped[datetime]
    reason: Mapped[str | None]
    spent_on: Mapped[date]
    spent: Mapped[int]
    extra: Mapped[int]

    def judge(self, health: Health, now: datetime, others: int) -> str | None:
        """Move its traffic away, or give some back. What was decided, when something was. `others`: their shares.

        With nobody else to take over, a bad provider is better than none.
        """
        reason = self._bad(health)
        if reason and self.share and others:
            self._become(0, reason, now)
            self.judged_since = now
            return reason
        if not reason and self._may_step(health, now):
            self._become(min(self.share + STEP, WHOLE), None if self.share + STEP >= WHOLE else "revient", now)
            return f"reprend {self.share} %"
        return None

    def _may_step(self, health: Health, now: datetime) -> bool:
        """First after a rest; then by what has arrived of the part that it was given."""
        waited = now - self.changed_at
        if self.share == 0:
            return waited >= REST
        return self.share < WHOLE and waited >= STEP_EVERY and health.arrived > 0

    def _bad(self, health: Health) -> str | None:
        most, enough = (ERRORS, ENOUGH) if self.share == WHOLE else (ERRORS_ON_TRIAL, ENOUGH_ON_TRIAL)
        if health.errors >= most:
            return f"{health.errors} erreurs en une minute"
        if health.is_slow(enough):
            return f"{health.slow} messages sur {health.sent} en retard de plus de 5 minutes"
        return None

    def _become(self, share: int, reason: str | None, now: datetime) -> None:
        self.share, self.reason, self.changed_at = share, reason, now

    def restore(self, now: datetime) -> None:
        """Give it all of its share again: a person knows that it works."""
        self._become(WHOLE, None, now)
        self.judged_since = now

    def left(self, per_day: int, today: date) -> int:
        """Count the segments that may still be spent today."""
        return per_day + (self.extra - self.spent if self.spent_on == today else 0)

    def spend(self, segments: int, today: date) -> None:
        if self.spent_on != today:
            self.spent_on, self.spent, self.extra = today, 0, 0
        self.spent += segments


class Trouble(Record):
    """A provider refused, or did not answer. Stored for a day."""

    __tablename__ = "troubles"
    __table_args__ = (Index(None, "provider", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    provider: Mapped[str]
    at: Mapped[datetime]
    reason: Mapped[str]


class Receipt(Record):
    """What a provider says later of a message, by its own id: a receipt may come before the answer, and again."""

    __tablename__ = "receipts"

    provider: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)


def chosen(providers: Sequence[Provider], free: Mapping[str, int], dice: float) -> Provider | None:
    """Choose by their shares, among those that take a message now; without a share only when nobody else has any.

    `free`: messages that each takes now. `dice` is between 0 and 1.
    """
    able = [provider for provider in providers if free.get(provider.name, 0) > 0]
    weights = [provider.share for provider in able]
    weights = weights if any(weights) else [1] * len(able)
    reached, wanted = 0, dice * sum(weights)
    for provider, weight in zip(able, weights, strict=True):
        reached += weight
        if wanted < reached:
            return provider
    return able[-1] if able else None
