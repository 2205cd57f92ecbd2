"""The waiting list of a full session, and how long an offered seat is held. Rule 18."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from chassis.clock import PARIS
from contracts.booking import WaitingJoined, WaitingLeft
from contracts.ids import BeneficiaryId, SessionId
from services.booking.model.record import Record
from services.booking.model.session import Session

LAST_ANSWER = timedelta(hours=2)  # before the start: the person still has to come
SHORTEST = timedelta(hours=1)  # less would offer a seat to someone who can't have read of it
NIGHT_FROM, NIGHT_TO, READ_BY = time(20), time(8), time(10)  # Europe/Paris; messages wait for the morning

Left = Literal["booked", "declined", "lapsed", "withdrawn", "session_cancelled", "session_started", "erased"]


class WaitingPerson(Record):
    """In order of arrival; a place stays while a seat is offered."""

    __tablename__ = "waiting"

    session_id: Mapped[SessionId] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"), primary_key=True)
    place: Mapped[int]
    joined_at: Mapped[datetime]

    @classmethod
    def joined(cls, session: Session, person: BeneficiaryId, now: datetime) -> "WaitingPerson":
        session.waiting += 1
        session.last_place += 1
        return cls(session_id=session.id, beneficiary_id=person, place=session.last_place, joined_at=now)

    def announced(self) -> WaitingJoined:
        return WaitingJoined(session_id=self.session_id, beneficiary_id=self.beneficiary_id, place=self.place)

    def leaves(self, session: Session, reason: Left) -> WaitingLeft:
        session.waiting -= 1
        return WaitingLeft(session_id=self.session_id, beneficiary_id=self.beneficiary_id, reason=reason)


def offer_ends(now: datetime, starts_at: datetime, limit: timedelta) -> datetime | None:
    """End it after the limit, never before ten in the morning for an offer of the night, and early enough to come.

    None when less than an hour of the day would be left to answer: someone calls instead.
    """
    until = min(max(now + limit, _morning_after(now, READ_BY)), starts_at - LAST_ANSWER)
    return until if until - _morning_after(now, NIGHT_TO) >= SHORTEST else None


def _morning_after(now: datetime, hour: time) -> datetime:
    """At that hour, when it is night; otherwise now."""
    local = now.astimezone(PARIS)
    if NIGHT_TO <= local.time() < NIGHT_FROM:
        return now
    day = local.date() if local.time() < NIGHT_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, hour, PARIS).astimezone(UTC)
