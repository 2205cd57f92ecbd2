"""One person in one session: confirmed, then attended, missed or cancelled. Rules 16 to 18."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypedDict
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.clock import PARIS
from chassis.refusal import Refusal
from contracts.booking import BookingAttended, BookingCancelled, BookingConfirmed, BookingMissed, BookingMoved
from contracts.ids import BeneficiaryId, BookingId, SessionId
from contracts.words import Actor, ActorKind
from services.booking.model.record import Record
from services.booking.model.wallet import Cause, Wallet

if TYPE_CHECKING:
    from services.booking.model.session import Session

State = Literal["confirmed", "cancelled", "attended", "missed"]
FIRST_ABSENCE = 1


class TooLateToCancel(Refusal):
    def __init__(self, hours: int) -> None:
        super().__init__(
            f"Il est trop tard pour annuler : c'est possible jusqu'à {hours} heures avant. "
            "Prévenez le lieu par téléphone."
        )


class NotStarted(Refusal):
    def __init__(self) -> None:
        super().__init__("La séance n'a pas encore commencé : la présence se note à partir de l'heure de début.")


class AlreadyMarked(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette réservation est déjà terminée : présence notée, ou annulée.")


class Booking(Record):
    """`moved`: the session changed its time under it, so it may overlap another until a person has decided."""

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint("state in ('confirmed', 'cancelled', 'attended', 'missed')", name="state"),
        Index("uq_bookings_seat", "session_id", "seat", unique=True, postgresql_where=text("state = 'confirmed'")),
        Index(
            "uq_bookings_person",
            "session_id",
            "beneficiary_id",
            unique=True,
            postgresql_where=text("state = 'confirmed'"),
        ),
        ExcludeConstraint(
            ("beneficiary_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            where=text("state = 'confirmed' AND NOT moved"),
            name="ex_bookings_one_place_at_a_time",
        ),
        Index(None, "beneficiary_id", "starts_at"),
    )

    id: Mapped[BookingId] = mapped_column(primary_key=True)
    session_id: Mapped[SessionId] = mapped_column(ForeignKey("sessions.id"))
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"))
    seat: Mapped[int]
    state: Mapped[State]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    price: Mapped[int]
    moved: Mapped[bool]
    booked_at: Mapped[datetime]
    by_kind: Mapped[ActorKind]
    by_id: Mapped[UUID | None]

    def confirmed(self, wallet: Wallet) -> BookingConfirmed:
        return BookingConfirmed(
            **self._who(),
            voucher_ids=tuple(voucher.id for voucher in wallet.of_booking(self.id)),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            booked_at=self.booked_at,
            by=Actor(kind=self.by_kind, id=self.by_id),
        )

    def cancel(self, session: "Session", wallet: Wallet, cause: Cause, *, cut_off: timedelta) -> BookingCancelled:
        """Vouchers and seat come back. After the cut-off only the organiser may (rule 16). Raises TooLateToCancel."""
        self._check_confirmed()
        organiser = cause.by.kind == "organiser"
        if not organiser and cause.at > self.starts_at - cut_off:
            raise TooLateToCancel(round(cut_off / timedelta(hours=1)))
        returned = wallet.move(wallet.of_booking(self.id), "available", cause)
        session.release(self.seat)
        self.state = "cancelled"
        return BookingCancelled(
            **self._who(), by=cause.by, reason=cause.reason, late=False, vouchers_returned=len(returned)
        )

    def move(self, session: "Session") -> BookingMoved:
        """The session has another time or place now."""
        self.moved = self.moved or self.starts_at != session.starts_at
        self.starts_at, self.ends_at = session.starts_at, session.ends_at
        return BookingMoved(
            **self._who(), session_version=session.version, starts_at=self.starts_at, ends_at=self.ends_at
        )

    def attend(self, wallet: Wallet, cause: Cause) -> BookingAttended:
        """Raises NotStarted, AlreadyMarked."""
        self._check_started(cause.at)
        spent = wallet.move(wallet.of_booking(self.id), "consumed", cause)
        self.state = "attended"
        wallet.followed(len(spent), self._day())
        return BookingAttended(**self._who(), vouchers_consumed=len(spent), on=self._day())

    def miss(self, wallet: Wallet, cause: Cause) -> BookingMissed:
        """The first absence gives the vouchers back, the next ones spend them (rule 17)."""
        self._check_started(cause.at)
        wallet.absences += 1
        forgiven = wallet.absences <= FIRST_ABSENCE
        moved = wallet.move(wallet.of_booking(self.id), "available" if forgiven else "consumed", cause)
        self.state = "missed"
        spent = 0 if forgiven else len(moved)
        return BookingMissed(**self._who(), vouchers_consumed=spent, absences=wallet.absences, on=self._day())

    def _who(self) -> "Who":
        return {"booking_id": self.id, "session_id": self.session_id, "beneficiary_id": self.beneficiary_id}

    def _day(self) -> date:
        return self.starts_at.astimezone(PARIS).date()

    def _check_confirmed(self) -> None:
        if self.state != "confirmed":
            raise AlreadyMarked

    def _check_started(self, now: datetime) -> None:
        self._check_confirmed()
        if now < self.starts_at:
            raise NotStarted


class Who(TypedDict):
    booking_id: BookingId
    session_id: SessionId
    beneficiary_id: BeneficiaryId


class WaitingPerson(Record):
    """The waiting list of a full session, in order of arrival (rule 18)."""

    __tablename__ = "waiting"

    session_id: Mapped[SessionId] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(ForeignKey("wallets.beneficiary_id"), primary_key=True)
    place: Mapped[int]
    joined_at: Mapped[datetime]
