"""What notifications hears, topic by topic. Between topics there is no order: a notice waits for what it speaks of."""

from collections.abc import Sequence

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
from contracts.catalogue import (
    CatalogueErasureCompleted,
    CatalogueEvent,
    LabelEnded,
    LabelEnding,
    MediatorLeft,
    MediatorPosted,
    SessionCancelled,
    SessionChanged,
    SessionScheduled,
    SpaceChanged,
    SpaceClosed,
    SpaceListed,
    TrainingChanged,
    TrainingPublished,
    TrainingWithdrawn,
)
from contracts.contacts import ContactErased, ContactEvent, ContactStated, ContactsTicked
from contracts.prescription import (
    BeneficiaryErased,
    BeneficiaryMerged,
    BeneficiaryRegistered,
    BookCancelled,
    BookCorrected,
    BookExpired,
    BookPrescribed,
    CentreChanged,
    CentreClosed,
    CentreOpened,
    PrescriptionErasureCompleted,
    PrescriptionEvent,
)
from services.notifications import queries
from services.notifications.model import Centre, Contact, Mediator, Session
from services.notifications.usecases import planning


async def on_prescription(tx: Transaction, events: Sequence[PrescriptionEvent]) -> None:
    for event in events:
        match event:
            case BookPrescribed():
                await planning.tell_of_book(tx, event)
            case CentreOpened() | CentreChanged() | CentreClosed():
                await queries.keep(tx, Centre.stated(event))
            case (
                BeneficiaryRegistered() | BookCancelled() | BookExpired() | BookCorrected()
                | BeneficiaryMerged() | BeneficiaryErased() | PrescriptionErasureCompleted()
            ):  # fmt: skip
                pass  # the prescriber tells of a correction; erasing comes by the contact's tombstone


async def on_contacts(tx: Transaction, events: Sequence[ContactEvent]) -> None:
    for event in events:
        match event:
            case ContactStated():
                await queries.keep(tx, Contact.stated(event))
            case ContactErased():
                await planning.forget(tx, event.beneficiary_id)
            case ContactsTicked():
                pass


async def on_catalogue(tx: Transaction, events: Sequence[CatalogueEvent]) -> None:
    for event in events:
        match event:
            case SessionScheduled() | SessionChanged():
                await queries.keep(tx, Session.stated(event))
            case MediatorPosted() | MediatorLeft():
                await queries.keep(tx, Mediator.stated(event))
            case (
                SessionCancelled() | TrainingPublished() | TrainingChanged() | TrainingWithdrawn()
                | SpaceListed() | SpaceChanged() | SpaceClosed() | LabelEnding() | LabelEnded()
                | CatalogueErasureCompleted()
            ):  # fmt: skip
                pass  # a cancelled session is told booking by booking


async def on_booking(tx: Transaction, events: Sequence[BookingServiceEvent]) -> None:
    for event in events:
        match event:
            case BookingConfirmed() | BookingMoved() | BookingCancelled() | BookingAttended() | BookingMissed():
                await _follow_booking(tx, event)
            case SeatOffered() | FileAccepted() | WalletChanged():
                await _follow_person(tx, event)
            case (
                WaitingJoined() | WaitingLeft() | SeatDeclined() | SeatLapsed() | SessionFilled()
                | FileProposed() | FileHandedOver() | PlanChanged() | PersonFlagged() | BookingErasureCompleted()
            ):  # fmt: skip
                pass  # nothing that the person needs to be told of


async def _follow_booking(
    tx: Transaction, event: BookingConfirmed | BookingMoved | BookingCancelled | BookingAttended | BookingMissed
) -> None:
    match event:
        case BookingConfirmed():
            await planning.tell_of_booking(tx, event)
        case BookingMoved():
            await planning.tell_of_move(tx, event)
        case BookingCancelled():
            await planning.tell_of_cancellation(tx, event)
        case BookingAttended() | BookingMissed():
            await planning.close_booking(tx, event.booking_id, "over", "la séance est passée")


async def _follow_person(tx: Transaction, event: SeatOffered | FileAccepted | WalletChanged) -> None:
    match event:
        case SeatOffered():
            await planning.tell_of_offer(tx, event)
        case FileAccepted():
            await planning.tell_of_mediator(tx, event)
        case WalletChanged():
            await planning.tell_of_last_hours(tx, event)
