"""What catalogue consumes: centres, for the public; who is erased; how many seats are taken."""

from collections.abc import Sequence

from chassis import telemetry
from chassis.db import Transaction
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingErasureCompleted,
    BookingMissed,
    BookingMoved,
    BookingServiceEvent,
    FileAccepted,
    FileHandedOver,
    FileProposed,
    PersonFlagged,
    PlanChanged,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    SessionFilled,
    WaitingJoined,
    WaitingLeft,
    WalletChanged,
)
from contracts.prescription import (
    BeneficiaryChanged,
    BeneficiaryErased,
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    BeneficiaryMerged,
    BeneficiaryRegistered,
    BookCancelled,
    BookCorrected,
    BookExpired,
    BookPrescribed,
    CentreChanged,
    CentreClosed,
    CentreOpened,
    CopyRequested,
    PrescriptionErasureCompleted,
    PrescriptionEvent,
)
from services.catalogue import queries, usecases


async def on_prescription(tx: Transaction, events: Sequence[PrescriptionEvent]) -> None:
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CentreOpened() | CentreChanged() | CentreClosed():
                await queries.upsert_centre(tx, event)
            case BeneficiaryErased():
                await usecases.erase_beneficiary(tx, event)
            case (
                BeneficiaryRegistered() | BeneficiaryChanged() | BeneficiaryMerged() | PrescriptionErasureCompleted()
                | BookPrescribed() | BookCancelled() | BookExpired() | BookCorrected()
                | BeneficiaryErasureRequested() | BeneficiaryErasureWithdrawn()
            ):  # fmt: skip
                pass  # catalogue knows no beneficiary


async def on_booking(tx: Transaction, events: Sequence[BookingServiceEvent]) -> None:
    filled = {event.session_id for event in events if isinstance(event, SessionFilled)}
    sessions = await queries.sessions_for_update(tx, filled)
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case SessionFilled():
                usecases.record_seats(tx, sessions.get(event.session_id), event)
            case (
                BookingConfirmed() | BookingCancelled() | BookingMoved() | BookingAttended() | BookingMissed()
                | WalletChanged() | WaitingJoined() | WaitingLeft() | SeatOffered() | SeatDeclined() | SeatLapsed()
                | FileProposed() | FileAccepted() | FileHandedOver() | PlanChanged() | PersonFlagged()
                | BookingErasureCompleted()
            ):  # fmt: skip
                pass  # their effect on the seats is in SessionFilled


async def on_copies(tx: Transaction, events: Sequence[CopyRequested]) -> None:
    """Answer on a topic of its own: were one to fail, nothing else of the person would wait behind it."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CopyRequested():
                await usecases.answer_copy(tx, event)
