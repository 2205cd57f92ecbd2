"""What booking consumes, topic by topic; what is not named here passes.

Between topics there is no order: what is not known yet is begun here.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar, get_args
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from chassis.erasure import people_in
from contracts.catalogue import (
    MediatorLeft,
    MediatorPosted,
    SessionCancelled,
    SessionChanged,
    SessionScheduled,
    TrainingChanged,
    TrainingPublished,
    TrainingWithdrawn,
)
from contracts.contacts import ContactErased, ContactStated
from contracts.event import Event
from contracts.ids import BeneficiaryId
from contracts.mediators import MediatorEvent, MediatorForgotten, MediatorStated
from contracts.notifications import (
    NoticeDelivered,
    NoticeFailed,
    NoticeToCall,
)
from contracts.prescription import (
    BeneficiaryChanged,
    BeneficiaryErased,
    BeneficiaryMerged,
    BeneficiaryRegistered,
    BookCancelled,
    BookCorrected,
    BookExpired,
    BookPrescribed,
    CopyRequested,
)
from services.booking import queries, usecases
from services.booking.model import Wallet
from services.booking.policy import BookingPolicy
from services.booking.usecases import LoadedSessions, SessionEvent

BookEvent = BookPrescribed | BookCancelled | BookExpired | BookCorrected
FromPrescription = BookEvent | BeneficiaryRegistered | BeneficiaryChanged | BeneficiaryMerged | BeneficiaryErased
"""Centres are not booking's business; who asked to be erased may come to what they booked until then."""
FromContacts = ContactStated | ContactErased
FromCatalogue = SessionEvent | MediatorPosted | MediatorLeft | TrainingPublished | TrainingChanged | TrainingWithdrawn
"""A session carries what booking needs of its space."""
FromNotifications = NoticeDelivered | NoticeFailed | NoticeToCall
"""Who wants no more messages is seen to by the prescriber."""
E = TypeVar("E", bound=Event)


async def on_prescription(tx: Transaction, events: Sequence[FromPrescription], *, policy: BookingPolicy) -> None:
    """Merging and erasing wait for what came before them, and what follows waits for them."""
    await _lock_histories(tx, list(events))
    for batch in split_at(events, BeneficiaryMerged, BeneficiaryErased):
        await _apply(tx, await redirected_to_survivors(tx, batch), policy)
        await tx.flush()


async def _lock_histories(tx: Transaction, events: Sequence[FromPrescription]) -> None:
    """Who is merged or erased has sessions to lock, and these come before every wallet of the batch."""
    identities = {person for event in events for person in identities_of(event)}
    if not identities:
        return
    others, known = (
        people_of(events, *get_args(BookEvent)),
        people_of(events, BeneficiaryRegistered, BeneficiaryChanged),
    )
    survivors = await queries.aliases(tx, identities | others | known)
    await queries.open_wallets(tx, {*people_of(events, BookPrescribed, BeneficiaryMerged)} - {*survivors})
    await queries.histories_for_update(tx, {*identities, *survivors.values()}, others)
    await queries.people_for_update(tx, {survivors.get(person, person) for person in known})


def identities_of(event: FromPrescription) -> tuple[BeneficiaryId, ...]:
    """Say who becomes another, or nobody."""
    match event:
        case BeneficiaryMerged():
            return event.kept_id, event.merged_id
        case BeneficiaryErased():
            return (event.beneficiary_id,)
        case _:
            return ()


async def _apply(tx: Transaction, events: Sequence[FromPrescription], policy: BookingPolicy) -> None:
    await queries.open_wallets(tx, people_of(events, BookPrescribed))
    wallets = await queries.wallets_for_update(tx, people_of(events, *get_args(BookEvent)))
    people = await queries.people_for_update(tx, people_of(events, BeneficiaryRegistered, BeneficiaryChanged))
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case BookPrescribed() | BookCancelled() | BookExpired() | BookCorrected():
                await _apply_book(tx, wallets[event.beneficiary_id], event)
            case BeneficiaryRegistered() | BeneficiaryChanged():
                people[event.beneficiary_id].register(event)
            case BeneficiaryMerged() | BeneficiaryErased():
                await _apply_identity(tx, event, policy)


async def _apply_identity(tx: Transaction, event: BeneficiaryMerged | BeneficiaryErased, policy: BookingPolicy) -> None:
    match event:
        case BeneficiaryMerged():
            await usecases.merge(tx, event, policy=policy)
        case BeneficiaryErased():
            await usecases.erase(tx, event.beneficiary_id, policy=policy)


async def _apply_book(tx: Transaction, wallet: Wallet, event: BookEvent) -> None:
    """What speaks of a book that was never prescribed here is parked, and what follows waits behind it."""
    match event:
        case BookPrescribed():
            await usecases.receive_book(tx, wallet, event)
        case BookCancelled():
            usecases.cancel_book(tx, wallet, event)
        case BookExpired():
            usecases.expire_book(tx, wallet, event)
        case BookCorrected():
            usecases.correct_voucher(tx, wallet, event)


async def on_contacts(tx: Transaction, events: Sequence[FromContacts]) -> None:
    """A merged record's contact counts no more: the survivor's stays."""
    stated = people_of(events, ContactStated)
    people = await queries.people_for_update(tx, stated - {*await queries.aliases(tx, stated)})
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case ContactStated() if person := people.get(event.beneficiary_id):
                person.apply(event)
            case ContactErased():
                await usecases.forget_name(tx, event.beneficiary_id)
            case ContactStated():
                pass


async def on_catalogue(tx: Transaction, events: Sequence[FromCatalogue], *, policy: BookingPolicy) -> None:
    """All their sessions are locked before anything else, whatever their order (docs/decisions/0052)."""
    loaded = await usecases.LoadedSessions.of(tx, [event for event in list(events) if isinstance(event, SessionEvent)])
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case SessionScheduled() | SessionChanged() | SessionCancelled():
                await _apply_session(tx, loaded, event, policy)
            case MediatorPosted() | MediatorLeft():
                await usecases.upsert_mediator(tx, event)
            case TrainingPublished() | TrainingChanged() | TrainingWithdrawn():
                await usecases.upsert_training(tx, event)


async def on_mediators(tx: Transaction, events: Sequence[MediatorEvent]) -> None:
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case MediatorStated():
                await usecases.name_mediator(tx, event)
            case MediatorForgotten():
                await usecases.unname_mediator(tx, event.mediator_id)


async def _apply_session(tx: Transaction, loaded: LoadedSessions, event: SessionEvent, policy: BookingPolicy) -> None:
    match event:
        case SessionCancelled():
            await usecases.cancel_session(tx, loaded, event, policy=policy)
        case SessionScheduled() | SessionChanged():
            await usecases.upsert_session(tx, loaded, event, policy=policy)


async def on_notifications(tx: Transaction, events: Sequence[FromNotifications]) -> None:
    """What did not arrive is work for the mediator, until it has arrived another way."""
    troubles: list[NoticeFailed | NoticeToCall] = []
    arrived: list[NoticeDelivered] = []
    for event in await redirected_to_survivors(tx, events):
        telemetry.set_correlation(event.correlation_id)
        match event:
            case NoticeFailed() | NoticeToCall():
                troubles.append(event)
            case NoticeDelivered():
                troubles = [trouble for trouble in troubles if usecases.about(trouble) != usecases.about(event)]
                arrived.append(event)
    await usecases.settle_troubles(tx, arrived)
    await usecases.record_troubles(tx, troubles)


async def on_copies(tx: Transaction, events: Sequence[CopyRequested]) -> None:
    """On a topic of its own: were one to fail, nothing else of the person would wait behind it."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CopyRequested():
                await usecases.answer_copy(tx, event)


def people_of(events: Sequence[Event], *kinds: type[Event]) -> set[UUID]:
    return {person for event in events if isinstance(event, kinds) for person in people_in(event)}


async def redirected_to_survivors(tx: Transaction, events: Sequence[E]) -> Sequence[E]:
    """Answer the same, but what speaks of a merged record speaks of its survivor."""
    survivors = await queries.aliases(tx, people_of(events, Event))
    if not survivors:
        return events
    return [redirected(event, survivors) for event in events]


def redirected(event: E, survivors: Mapping[UUID, UUID]) -> E:
    person = survivors.get(getattr(event, "beneficiary_id", UUID(int=0)))
    return event.model_copy(update={"beneficiary_id": person}) if person else event


def split_at(events: Sequence[E], *kinds: type[Event]) -> Iterator[Sequence[E]]:
    """Cut into batches, in order; each event of these kinds is a batch of its own."""
    first = 0
    for single, group in groupby(events, key=lambda event: isinstance(event, kinds)):
        last = first + len([*group])
        step = 1 if single else last - first
        for begin in range(first, last, step):
            yield events[begin : begin + step]
        first = last
