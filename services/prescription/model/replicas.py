"""What the other services published of a person: their sessions, and the messages that did not arrive."""

from datetime import date, datetime
from typing import Literal, Self

from sqlalchemy import CheckConstraint, ForeignKey, Index, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from contracts.booking import BookingAttended, BookingCancelled, BookingConfirmed, BookingMissed, BookingMoved
from contracts.ids import BeneficiaryId, BookingId, NoticeId, SessionId, VoucherId
from contracts.words import Channel, Named, NoticeKind, VoucherState
from services.prescription.model.record import Record

BookingNews = BookingConfirmed | BookingMoved | BookingCancelled | BookingAttended | BookingMissed
State = Literal["confirmed", "cancelled", "attended", "missed"]


class Booking(Record):
    """A person's place in a session, as booking published it; the last event is the truth.

    `hours` were followed on the day `held_on`; none while the person was not there.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("state in ('confirmed', 'cancelled', 'attended', 'missed')", name="state"),
        CheckConstraint("(hours > 0) <= (state = 'attended' and held_on is not null)", name="hours_were_followed"),
        Index(None, "beneficiary_id"),
    )

    id: Mapped[BookingId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"))
    session_id: Mapped[SessionId]
    state: Mapped[State]
    booked_at: Mapped[datetime | None]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    training: Mapped[str]
    place: Mapped[str]
    commune: Mapped[str]
    voucher_ids: Mapped[list[VoucherId]] = mapped_column(ARRAY(Uuid))
    hours: Mapped[int]
    held_on: Mapped[date | None]

    @classmethod
    def first_stated(cls, event: BookingNews) -> Self:
        """Makes what was not yet known: what the event does not say stays open."""
        return cls(
            id=event.booking_id,
            beneficiary_id=event.beneficiary_id,
            session_id=event.session_id,
            state="confirmed",
            training="",
            place="",
            commune="",
            voucher_ids=[],
            hours=0,
        )

    def apply(self, event: BookingNews) -> VoucherState:
        """Take the event. Answers what its vouchers have become."""
        match event:
            case BookingConfirmed():
                self.voucher_ids, self.booked_at = [*event.voucher_ids], event.booked_at
                return self._planned(event.starts_at, event.ends_at, event.named)
            case BookingMoved():
                return self._planned(event.starts_at, event.ends_at, event.named)
            case BookingCancelled():
                self.state, self.hours = "cancelled", 0
                return "available" if event.vouchers_returned else "consumed"
            case BookingAttended():
                self.state, self.hours, self.held_on = "attended", event.vouchers_consumed, event.on
                return "consumed"
            case BookingMissed():
                self.state, self.hours, self.held_on = "missed", 0, event.on
                return "consumed" if event.vouchers_consumed else "available"

    def _planned(self, starts_at: datetime, ends_at: datetime, named: Named | None) -> VoucherState:
        self.state, self.hours, self.starts_at, self.ends_at = "confirmed", 0, starts_at, ends_at
        if named:
            self.training, self.place, self.commune = named.training_title, named.place_name, named.commune
        return "held"


class TroubledNotice(Record):
    """A message that did not reach the person, as notifications published it."""

    __tablename__ = "troubled_notices"

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("beneficiaries.id"), index=True)
    booking_id: Mapped[BookingId | None]
    kind: Mapped[NoticeKind]
    channel: Mapped[Channel]
    to_call: Mapped[bool]
    reason: Mapped[str]
    heard_at: Mapped[datetime]
