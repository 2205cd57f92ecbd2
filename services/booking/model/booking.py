"""One person and one seat: offered, confirmed, then attended, missed or cancelled. Rules 14 and 16 to 18."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.clock import PARIS
from contracts.booking import BookingCancelled, BookingConfirmed, BookingMoved, SeatDeclined, SeatLapsed, SeatOffered
from contracts.ids import BeneficiaryId, BookingId, OfferId, SessionId, uuid7
from contracts.words import ActorKind, Author
from services.booking.model.ledger import Cause
from services.booking.model.record import Record
from services.booking.model.refusals import (
    AlreadyBooked,
    AlreadyMarked,
    OfferEnded,
    OverlapsAnother,
    SessionFull,
    SessionOver,
)
from services.booking.model.session import Session
from services.booking.model.waiting import WaitingPerson, offer_ends
from services.booking.model.wallet import Wallet
from services.booking.policy import BookingPolicy

State = Literal["offered", "declined", "lapsed", "confirmed", "cancelled", "attended", "missed"]
SEATED = "state in ('offered', 'confirmed')"
ACCEPTED = "place proposée, acceptée"


class Booking(Record):
    """`id` is the offer's too. `seat` is one person's, offered or confirmed. `code` is that of the resident's link.

    `moved`: it may overlap another until a person has decided. The session changed its time under it, when `moved_at`
    says; or two records were one person. `late_at`: when it was cancelled, if after the cut-off.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint(
            "state in ('offered', 'declined', 'lapsed', 'confirmed', 'cancelled', 'attended', 'missed')", name="state"
        ),
        CheckConstraint("(state = 'offered') <= (offered_until is not null)", name="offer_ends"),
        Index("uq_bookings_seat", "session_id", "seat", unique=True, postgresql_where=text(SEATED)),
        Index("uq_bookings_person", "session_id", "beneficiary_id", unique=True, postgresql_where=text(SEATED)),
        Index("uq_bookings_code", "code", unique=True),
        ExcludeConstraint(
            ("beneficiary_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("state = 'confirmed' AND NOT moved"),
            name="ex_bookings_one_place_at_a_time",
        ),
        Index(None, "session_id"),
        Index(None, "beneficiary_id", "starts_at"),
        Index("ix_bookings_offered_until", "offered_until", postgresql_where=text("state = 'offered'")),
        Index(None, "ends_at"),
    )

    id: Mapped[BookingId] = mapped_column(primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(ForeignKey("sessions.id"))
    beneficiary_id: Mapped[BeneficiaryId | None] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    seat: Mapped[int]
    state: Mapped[State]
    code: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    offered_until: Mapped[datetime | None]
    price: Mapped[int]
    moved: Mapped[bool]
    moved_at: Mapped[datetime | None]
    late_at: Mapped[datetime | None]
    booked_at: Mapped[datetime]
    by_kind: Mapped[ActorKind]
    by_id: Mapped[UUID | None]

    @classmethod
    def take_seat(
        cls, session: Session, wallet: Wallet, others: Sequence["Booking"], cause: Cause, policy: BookingPolicy
    ) -> "Booking":
        """Take a seat and hold the vouchers, or neither. `others` are the seats that the person has or is offered.

        An offered seat of this session is the one they get. Raises SessionOver, AlreadyBooked, OverlapsAnother,
        SessionFull, NotEnoughVouchers, OfferEnded.
        """
        session.check_open(cause.at)
        if mine := next((other for other in others if other.session_id == session.id), None):
            mine.accept(session, wallet, others, replace(cause, reason=ACCEPTED, booking_id=mine.id))
            return mine
        if any(other.overlaps(session) for other in others):
            raise OverlapsAnother
        if not session.free:
            raise SessionFull
        booking_id = BookingId(uuid7())
        wallet.hold(session.price, replace(cause, booking_id=booking_id))
        return cls._in_seat(booking_id, session, wallet.beneficiary_id, cause, policy)

    @classmethod
    def offer(
        cls, session: Session, person: WaitingPerson, cause: Cause, policy: BookingPolicy
    ) -> tuple["Booking", SeatOffered] | None:
        """Hold a free seat for the next of the list; None when too little time is left to answer (rule 18)."""
        until = offer_ends(cause.at, session.starts_at, policy.offer_time)
        if until is None:
            return None
        offer = cls._in_seat(BookingId(uuid7()), session, person.beneficiary_id, cause, policy)
        offer.state, offer.offered_until = "offered", until
        session.offered += 1
        event = SeatOffered(
            offer_id=OfferId(offer.id), session_id=session.id, beneficiary_id=person.beneficiary_id, until=until
        )
        return offer, event

    @classmethod
    def _in_seat(
        cls, booking_id: BookingId, session: Session, person: BeneficiaryId, cause: Cause, policy: BookingPolicy
    ) -> "Booking":
        return cls(
            id=booking_id,
            session_id=session.id,
            beneficiary_id=person,
            seat=session.give_seat(),
            state="confirmed",
            code=policy.code(booking_id),
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            offered_until=None,
            price=session.price,
            moved=False,
            moved_at=None,
            late_at=None,
            booked_at=cause.at,
            by_kind=cause.by.kind,
            by_id=cause.by.id,
        )

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(PARIS).date()

    @property
    def person(self) -> BeneficiaryId:
        """Say whose it is. Raises AlreadyMarked two years later: it is nobody's, and nothing happens to it any more."""
        if self.beneficiary_id is None:
            raise AlreadyMarked
        return self.beneficiary_id

    def overlaps(self, session: Session) -> bool:
        """Being offered a seat elsewhere does not hinder."""
        return self.state == "confirmed" and self.starts_at < session.ends_at and session.starts_at < self.ends_at

    def confirmed(self, wallet: Wallet, session: Session) -> BookingConfirmed:
        return BookingConfirmed(
            **self.who(),
            voucher_ids=tuple(voucher.id for voucher in wallet.of_booking(self.id)),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            booked_at=self.booked_at,
            by=Author(kind=self.by_kind),
            named=session.named,
        )

    def accept(self, session: Session, wallet: Wallet, others: Iterable["Booking"], cause: Cause) -> None:
        """The offered seat is taken, the vouchers held; nothing of `others` is at the same time.

        Raises AlreadyBooked, OfferEnded, SessionOver, OverlapsAnother, NotEnoughVouchers.
        """
        if self.state != "offered":
            raise AlreadyBooked
        if self.offered_until and cause.at >= self.offered_until:
            raise OfferEnded
        session.check_open(cause.at)
        if any(other.overlaps(session) for other in others):
            raise OverlapsAnother
        wallet.hold(self.price, cause)
        session.offered -= 1
        self.state, self.booked_at = "confirmed", cause.at
        self.by_kind, self.by_id = cause.by.kind, cause.by.id

    def end_offer(self, session: Session, state: Literal["declined", "lapsed"]) -> SeatDeclined | SeatLapsed:
        self.state = state
        session.offered -= 1
        session.release(self.seat)
        ended = SeatDeclined if state == "declined" else SeatLapsed
        return ended(offer_id=OfferId(self.id), session_id=self.session_id, beneficiary_id=self.person)

    def cancel(self, session: Session, wallet: Wallet, cause: Cause, policy: BookingPolicy) -> BookingCancelled:
        """The seat is free again. After the cut-off it counts as an absence, unless the organiser cancels (rule 16).

        Raises AlreadyMarked, SessionOver.
        """
        self._check_confirmed()
        organiser = cause.by.kind == "organiser"
        if not organiser and cause.at >= self.starts_at:
            raise SessionOver
        late = not organiser and self.is_late(cause.at, policy)
        wallet.late_cancellations += late
        spent = late and wallet.misses > policy.absences_forgiven
        moved = wallet.move(wallet.of_booking(self.id), "consumed" if spent else "available", cause)
        session.release(self.seat)
        self.state, self.late_at = "cancelled", cause.at if late else None
        returned = 0 if spent else len(moved)
        return BookingCancelled(
            **self.who(), by=cause.by.author, reason=cause.reason, late=late, vouchers_returned=returned
        )

    def called_off(
        self, session: Session, wallet: Wallet, cause: Cause, policy: BookingPolicy
    ) -> list[BookingCancelled]:
        """The organiser cancels the session: who cancelled late before gets the vouchers back too (rule 16)."""
        if self.state == "confirmed":
            return [self.cancel(session, wallet, cause, policy)]
        wallet.late_cancellations -= self.late_at is not None
        wallet.move(wallet.of_booking(self.id, "consumed"), "available", cause)
        self.late_at = None
        return []

    def is_late(self, now: datetime, policy: BookingPolicy) -> bool:
        """After the cut-off: giving the seat back counts as an absence (rule 16).

        Never when the organiser moved the session so late, or so near, that nobody could cancel in time.
        """
        cut_off = self.starts_at - policy.cut_off
        return now > cut_off and (self.moved_at is None or self.moved_at <= cut_off)

    def move(self, session: Session, now: datetime) -> BookingMoved:
        """The session has another time or place now."""
        if self.starts_at != session.starts_at:
            self.moved, self.moved_at = True, now
        self.starts_at, self.ends_at = session.starts_at, session.ends_at
        return BookingMoved(
            **self.who(),
            session_version=session.version,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            named=session.named,
        )

    def who(self) -> "Who":
        return {"booking_id": self.id, "session_id": self.session_id, "beneficiary_id": self.person}

    def _check_confirmed(self) -> None:
        if self.state != "confirmed":
            raise AlreadyMarked


class Who(TypedDict):
    booking_id: BookingId
    session_id: SessionId
    beneficiary_id: BeneficiaryId
