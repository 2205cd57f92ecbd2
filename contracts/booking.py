"""What booking says: seats, vouchers, waiting lists, files, attendance. Rules 14 to 20."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime

from contracts.copies import CopyAnswered
from contracts.erasure import ErasureCompleted
from contracts.event import Event, Payload
from contracts.ids import (
    BeneficiaryId,
    BookId,
    BookingId,
    MediatorId,
    OfferId,
    SessionId,
    TrainingId,
    VoucherId,
)
from contracts.words import Author, Named, VoucherState

TOPIC = "booking.events"
COPIES = "booking.copies"


class BookingEvent(Event):
    booking_id: BookingId
    session_id: SessionId
    beneficiary_id: BeneficiaryId


class BookingConfirmed(
    BookingEvent,
    type="booking.confirmed.v2",
    topic=TOPIC,
    subject="booking_id",
    key="beneficiary_id",
    former=("booking.confirmed.v1",),
):
    voucher_ids: tuple[VoucherId, ...]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    booked_at: AwareDatetime
    by: Author
    named: Named | None = None


class BookingCancelled(
    BookingEvent,
    type="booking.cancelled.v2",
    topic=TOPIC,
    subject="booking_id",
    key="beneficiary_id",
    former=("booking.cancelled.v1",),
):
    """`late`: after the cut-off, so it counts as an absence and no «cancelled» notice is sent (rules 16 and 17)."""

    by: Author
    reason: str
    late: bool
    vouchers_returned: int


class BookingMoved(BookingEvent, type="booking.moved.v1", topic=TOPIC, subject="booking_id", key="beneficiary_id"):
    """The session changed under the booking. `session_version` tells which state of it the person is to be told."""

    session_version: int
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    named: Named | None = None


class BookingAttended(
    BookingEvent, type="booking.attended.v1", topic=TOPIC, subject="booking_id", key="beneficiary_id"
):
    """Who was marked absent by mistake is told as attended afterwards: the last telling of a booking is the truth."""

    vouchers_consumed: int
    on: date


class BookingMissed(BookingEvent, type="booking.missed.v1", topic=TOPIC, subject="booking_id", key="beneficiary_id"):
    """`absences` counts those of this person so far, this one included (rule 17)."""

    vouchers_consumed: int
    absences: int
    on: date


class BookUse(Payload):
    """The five vouchers of a book, counted by state; and one by one, in their order, with the booking of each."""

    book_id: BookId
    available: int
    held: int
    consumed: int
    void: int
    expired: int
    states: tuple[VoucherState, ...] | None = None
    booking_ids: tuple[BookingId | None, ...] | None = None


class WalletChanged(Event, type="wallet.changed.v1", topic=TOPIC, subject="beneficiary_id"):
    """`absences` and `late_cancellations` count as rule 17 does."""

    beneficiary_id: BeneficiaryId
    version: int
    books: tuple[BookUse, ...]
    hours_followed: int
    first_hour_on: date | None
    last_hour_on: date | None = None
    absences: int | None = None
    late_cancellations: int | None = None


class WaitingEvent(Event):
    session_id: SessionId
    beneficiary_id: BeneficiaryId


class WaitingJoined(WaitingEvent, type="waiting.joined.v1", topic=TOPIC, subject="session_id", key="beneficiary_id"):
    place: int


class WaitingLeft(WaitingEvent, type="waiting.left.v1", topic=TOPIC, subject="session_id", key="beneficiary_id"):
    reason: Literal["booked", "declined", "lapsed", "withdrawn", "session_cancelled", "session_started", "erased"]


class OfferEvent(WaitingEvent):
    offer_id: OfferId


class SeatOffered(OfferEvent, type="seat.offered.v1", topic=TOPIC, subject="offer_id", key="beneficiary_id"):
    until: AwareDatetime


class SeatDeclined(OfferEvent, type="seat.declined.v1", topic=TOPIC, subject="offer_id", key="beneficiary_id"):
    pass


class SeatLapsed(OfferEvent, type="seat.lapsed.v1", topic=TOPIC, subject="offer_id", key="beneficiary_id"):
    pass


class SessionFilled(Event, type="session.filled.v1", topic=TOPIC, subject="session_id"):
    session_id: SessionId
    version: int
    taken: int
    offered: int
    waiting: int


class FileProposed(Event, type="file.proposed.v1", topic=TOPIC, subject="beneficiary_id"):
    beneficiary_id: BeneficiaryId
    mediator_id: MediatorId
    proposed_at: AwareDatetime


class FileAccepted(Event, type="file.accepted.v1", topic=TOPIC, subject="beneficiary_id"):
    """`delay_s`: seconds between the proposal and its acceptance (rule 19)."""

    beneficiary_id: BeneficiaryId
    mediator_id: MediatorId
    accepted_at: AwareDatetime
    delay_s: int


class FileHandedOver(Event, type="file.handed_over.v1", topic=TOPIC, subject="beneficiary_id"):
    beneficiary_id: BeneficiaryId
    from_mediator_id: MediatorId
    to_mediator_id: MediatorId
    reason: str
    delay_s: int


class PlanChanged(Event, type="plan.changed.v1", topic=TOPIC, subject="beneficiary_id"):
    beneficiary_id: BeneficiaryId
    version: int
    training_ids: tuple[TrainingId, ...]


class PersonFlagged(Event, type="person.flagged.v1", topic=TOPIC, subject="beneficiary_id"):
    """To be called by a human: a flag, never a penalty (rule 17)."""

    beneficiary_id: BeneficiaryId
    reason: Literal["absences", "late_cancellations"]


class BookingErasureCompleted(
    ErasureCompleted, type="erasure.completed.v1", topic=TOPIC, subject="beneficiary_id", erasure=True
):
    pass


class BookingCopyAnswered(CopyAnswered, type="copy.answered.v1", topic=COPIES, subject="copy_id", key="beneficiary_id"):
    pass


BookingServiceEvent = (
    BookingConfirmed
    | BookingCancelled
    | BookingMoved
    | BookingAttended
    | BookingMissed
    | WalletChanged
    | WaitingJoined
    | WaitingLeft
    | SeatOffered
    | SeatDeclined
    | SeatLapsed
    | SessionFilled
    | FileProposed
    | FileAccepted
    | FileHandedOver
    | PlanChanged
    | PersonFlagged
    | BookingErasureCompleted
)
