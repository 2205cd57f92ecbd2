"""What notifications consumes, topic by topic; what is not named here passes.

Between topics is no order: a notice waits for what it speaks of.
"""

from collections.abc import Sequence

from chassis import telemetry
from chassis.db import Transaction
from contracts.agents import AgentEvent, AgentForgotten, AgentStated
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    FileAccepted,
    FileHandedOver,
    FileProposed,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    WalletChanged,
)
from contracts.catalogue import SessionChanged, SessionScheduled
from contracts.contacts import ContactErased, ContactStated
from contracts.mediators import MediatorEvent, MediatorForgotten, MediatorStated
from contracts.prescription import (
    BeneficiaryErased,
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    BeneficiaryMerged,
    BookCancelled,
    BookExpired,
    BookPrescribed,
    CentreChanged,
    CentreClosed,
    CentreOpened,
    CopyRequested,
)
from services.notifications import queries
from services.notifications.model import Centre, Mediator, Session
from services.notifications.usecases import agent_mails, opt_outs, planning, subject_requests
from services.notifications.usecases.planning import Plan

BookEvent = BookPrescribed | BookCancelled | BookExpired
IdentityEvent = BeneficiaryMerged | BeneficiaryErased | BeneficiaryErasureRequested | BeneficiaryErasureWithdrawn
FromPrescription = BookEvent | IdentityEvent | CentreOpened | CentreChanged | CentreClosed
"""Of a correction the prescriber speaks to the person."""
FromContacts = ContactStated | ContactErased
FromCatalogue = SessionScheduled | SessionChanged
"""Of a cancelled session each booking has an event."""
BookingEvent = BookingConfirmed | BookingMoved | BookingCancelled | BookingAttended | BookingMissed
PersonEvent = SeatOffered | WalletChanged | FileAccepted | FileHandedOver | FileProposed
FromBooking = BookingEvent | PersonEvent | SeatDeclined | SeatLapsed
"""What a person needs a message about, or no longer."""


async def on_prescription(tx: Transaction, events: Sequence[FromPrescription]) -> None:
    plan = await Plan.of(tx, events)
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case BookPrescribed() | BookCancelled() | BookExpired():
                await _follow_book(plan, event)
            case CentreOpened() | CentreChanged() | CentreClosed():
                await queries.upsert(tx, Centre.stated(event))
            case (
                BeneficiaryMerged() | BeneficiaryErased()
                | BeneficiaryErasureRequested() | BeneficiaryErasureWithdrawn()
            ):  # fmt: skip
                await _follow_identity(plan, event)
    await plan.store()


async def _follow_book(plan: Plan, event: BookEvent) -> None:
    match event:
        case BookPrescribed():
            planning.plan_book_prescribed(plan, event)
        case BookCancelled() | BookExpired():
            await planning.close_book(plan, event)


async def _follow_identity(plan: Plan, event: IdentityEvent) -> None:
    await plan.store()
    match event:
        case BeneficiaryMerged():
            merged = await subject_requests.merge(plan.tx, event.merged_id, event.kept_id)
            plan.survivors = {**plan.survivors, **merged}
        case BeneficiaryErased():
            await subject_requests.erase(plan.tx, event.beneficiary_id)
            plan.forget(event.beneficiary_id)
        case BeneficiaryErasureRequested():
            planning.plan_erasure_requested(plan, event)
        case BeneficiaryErasureWithdrawn():
            await planning.plan_erasure_withdrawn(plan, event)


async def on_contacts(tx: Transaction, events: Sequence[FromContacts]) -> None:
    stated: list[ContactStated] = []
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case ContactStated():
                stated.append(event)
            case ContactErased():
                await opt_outs.upsert_contacts(tx, stated)
                stated.clear()
                await subject_requests.forget_contact(tx, event.beneficiary_id)
    await opt_outs.upsert_contacts(tx, stated)


async def on_catalogue(tx: Transaction, events: Sequence[FromCatalogue]) -> None:
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case SessionScheduled() | SessionChanged():
                await queries.upsert(tx, Session.stated(event))


async def on_agents(tx: Transaction, events: Sequence[AgentEvent]) -> None:
    """Write to an agent each time that they are invited."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case AgentStated():
                await agent_mails.record_agent(tx, event)
            case AgentForgotten():
                await agent_mails.forget_agent(tx, event.account_id)


async def on_mediators(tx: Transaction, events: Sequence[MediatorEvent]) -> None:
    """Store mediators; who has left is named in no message any more: the centre is."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case MediatorStated():
                await queries.upsert(tx, Mediator.stated(event))
            case MediatorForgotten():
                await queries.forget_mediator(tx, event.mediator_id)


async def on_booking(tx: Transaction, events: Sequence[FromBooking]) -> None:
    plan = await Plan.of(tx, events)
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case BookingConfirmed() | BookingMoved() | BookingCancelled() | BookingAttended() | BookingMissed():
                await _follow_booking(plan, event)
            case SeatOffered() | WalletChanged() | FileAccepted() | FileHandedOver() | FileProposed():
                await _follow_person(plan, event)
            case SeatDeclined() | SeatLapsed():
                await planning.close_offer(plan, event.offer_id)
    await plan.store()


async def _follow_booking(plan: Plan, event: BookingEvent) -> None:
    match event:
        case BookingConfirmed():
            planning.plan_booking_confirmed(plan, event)
        case BookingMoved():
            await planning.plan_booking_moved(plan, event)
        case BookingCancelled():
            await planning.plan_booking_cancelled(plan, event)
        case BookingAttended() | BookingMissed():
            await planning.close_booking(plan, event.booking_id, "over", "la séance est passée")


async def _follow_person(plan: Plan, event: PersonEvent) -> None:
    """To a mediator who has not accepted their file yet, a person's messages are not open."""
    match event:
        case SeatOffered():
            planning.plan_seat_offered(plan, event)
        case WalletChanged():
            planning.plan_book_nearly_empty(plan, event)
        case FileAccepted():
            await queries.upsert_file(plan.tx, plan.who(event.beneficiary_id), event.mediator_id)
            await planning.plan_file_accepted(plan, event)
        case FileHandedOver() | FileProposed():
            await queries.unfollow(plan.tx, plan.who(event.beneficiary_id))


async def on_copies(tx: Transaction, events: Sequence[CopyRequested]) -> None:
    """Answer requests, on a topic of their own: were one to fail, nothing else of the person would wait behind it."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CopyRequested():
                await subject_requests.answer_copy(tx, event)
