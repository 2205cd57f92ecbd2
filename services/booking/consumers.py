"""What booking hears, topic by topic. Between topics there is no order: what is not yet known is kept and completed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from chassis.erasure import people_in
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
from contracts.event import Event
from contracts.ids import BeneficiaryId
from contracts.mediators import MediatorEvent, MediatorForgotten, MediatorStated
from contracts.notifications import (
    ContactOptedOut,
    NoticeDelivered,
    NoticeFailed,
    NoticeToCall,
    NotificationsErasureCompleted,
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
from services.booking import queries, usecases
from services.booking.model import Wallet
from services.booking.policy import BookingPolicy
from services.booking.usecases import Followed, OfASession

OF_A_BOOK = (BookPrescribed, BookCancelled, BookExpired, BookCorrected)
BookEvent = BookPrescribed | BookCancelled | BookExpired | BookCorrected
Notice = NoticeDelivered | NoticeFailed | NoticeToCall | ContactOptedOut | NotificationsErasureCompleted
E = TypeVar("E", bound=Event)


async def on_prescription(tx: Transaction, events: Sequence[PrescriptionEvent], *, policy: BookingPolicy) -> None:
    """Merging and erasing wait for what came before them, and what follows waits for them."""
    await _lock_histories(tx, list(events))
    for batch in apart(events, BeneficiaryMerged, BeneficiaryErased):
        await _follow_people(tx, await of_the_kept(tx, batch), policy)
        await tx.flush()


async def _lock_histories(tx: Transaction, events: Sequence[PrescriptionEvent]) -> None:
    """Who is merged or erased has sessions to lock, and these come before every wallet of the batch."""
    identities = {person for event in events for person in identities_of(event)}
    if not identities:
        return
    others, known = people_of(events, *OF_A_BOOK), people_of(events, BeneficiaryRegistered, BeneficiaryChanged)
    kept = await queries.aliases(tx, identities | others | known)
    await queries.open_wallets(tx, {*people_of(events, BookPrescribed, BeneficiaryMerged)} - {*kept})
    await queries.histories_for_update(tx, {*identities, *kept.values()}, others)
    await queries.people_kept(tx, {kept.get(one, one) for one in known})


def identities_of(event: PrescriptionEvent) -> tuple[BeneficiaryId, ...]:
    """Who becomes another, or nobody."""
    match event:
        case BeneficiaryMerged():
            return event.kept_id, event.merged_id
        case BeneficiaryErased():
            return (event.beneficiary_id,)
        case _:
            return ()


async def _follow_people(tx: Transaction, events: Sequence[PrescriptionEvent], policy: BookingPolicy) -> None:
    await queries.open_wallets(tx, people_of(events, BookPrescribed))
    wallets = await queries.wallets_locked(tx, people_of(events, *OF_A_BOOK))
    people = await queries.people_kept(tx, people_of(events, BeneficiaryRegistered, BeneficiaryChanged))
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case BookPrescribed() | BookCancelled() | BookExpired() | BookCorrected():
                await _follow_book(tx, wallets[event.beneficiary_id], event)
            case BeneficiaryRegistered() | BeneficiaryChanged():
                people[event.beneficiary_id].register(event)
            case BeneficiaryMerged() | BeneficiaryErased():
                await _follow_identity(tx, event, policy)
            case (
                CentreOpened() | CentreChanged() | CentreClosed() | BeneficiaryErasureRequested()
                | BeneficiaryErasureWithdrawn() | PrescriptionErasureCompleted()
            ):  # fmt: skip
                pass  # centres are not booking's business; who asked to be erased comes to what they booked until then


async def _follow_identity(
    tx: Transaction, event: BeneficiaryMerged | BeneficiaryErased, policy: BookingPolicy
) -> None:
    match event:
        case BeneficiaryMerged():
            await usecases.merge(tx, event, policy=policy)
        case BeneficiaryErased():
            await usecases.erase(tx, event.beneficiary_id, policy=policy)


async def _follow_book(tx: Transaction, wallet: Wallet, event: BookEvent) -> None:
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


async def on_contacts(tx: Transaction, events: Sequence[ContactEvent]) -> None:
    """A merged record's contact says nothing more: the kept one's stays."""
    stated = people_of(events, ContactStated)
    people = await queries.people_kept(tx, stated - {*await queries.aliases(tx, stated)})
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case ContactStated() if person := people.get(event.beneficiary_id):
                person.apply(event)
            case ContactErased():
                await usecases.forget_name(tx, event.beneficiary_id)
            case ContactStated() | ContactsTicked():
                pass


async def on_catalogue(tx: Transaction, events: Sequence[CatalogueEvent], *, policy: BookingPolicy) -> None:
    """All their sessions are locked before anything else, whatever their order (docs/decisions/0052)."""
    followed = await usecases.Followed.of(tx, [event for event in list(events) if isinstance(event, OfASession)])
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case SessionScheduled() | SessionChanged() | SessionCancelled():
                await _follow_session(tx, followed, event, policy)
            case MediatorPosted() | MediatorLeft():
                await usecases.keep_mediator(tx, event)
            case TrainingPublished() | TrainingChanged() | TrainingWithdrawn():
                await usecases.keep_training(tx, event)
            case (
                SpaceListed() | SpaceChanged() | SpaceClosed() | LabelEnding() | LabelEnded()
                | CatalogueErasureCompleted()
            ):  # fmt: skip
                pass  # a session carries what booking needs of its place


async def on_mediators(tx: Transaction, events: Sequence[MediatorEvent]) -> None:
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case MediatorStated():
                await usecases.name_mediator(tx, event)
            case MediatorForgotten():
                await usecases.unname_mediator(tx, event.mediator_id)


async def _follow_session(tx: Transaction, followed: Followed, event: OfASession, policy: BookingPolicy) -> None:
    match event:
        case SessionCancelled():
            await usecases.cancel_session(tx, followed, event, policy=policy)
        case SessionScheduled() | SessionChanged():
            await usecases.keep_session(tx, followed, event, policy=policy)


async def on_notifications(tx: Transaction, events: Sequence[Notice]) -> None:
    """What did not arrive is work for the mediator, until it has arrived another way."""
    troubles: list[NoticeFailed | NoticeToCall] = []
    arrived: list[NoticeDelivered] = []
    for event in await of_the_kept(tx, events):
        telemetry.set_correlation(event.correlation_id)
        match event:
            case NoticeFailed() | NoticeToCall():
                troubles.append(event)
            case NoticeDelivered():
                troubles = [one for one in troubles if usecases.about(one) != usecases.about(event)]
                arrived.append(event)
            case ContactOptedOut() | NotificationsErasureCompleted():
                pass  # the prescriber sees to it
    await usecases.settle_troubles(tx, arrived)
    await usecases.keep_troubles(tx, troubles)


async def on_copies(tx: Transaction, events: Sequence[CopyRequested]) -> None:
    """On a topic of its own: were one to fail, nothing else of the person would wait behind it."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CopyRequested():
                await usecases.answer_copy(tx, event)


def people_of(events: Sequence[Event], *kinds: type[Event]) -> set[UUID]:
    return {person for event in events if isinstance(event, kinds) for person in people_in(event)}


async def of_the_kept(tx: Transaction, events: Sequence[E]) -> Sequence[E]:
    """The same, but what is said of a merged record is said of the kept one."""
    kept = await queries.aliases(tx, people_of(events, Event))
    if not kept:
        return events
    return [redirected(event, kept) for event in events]


def redirected(event: E, kept: Mapping[UUID, UUID]) -> E:
    person = kept.get(getattr(event, "beneficiary_id", UUID(int=0)))
    return event.model_copy(update={"beneficiary_id": person}) if person else event


def apart(events: Sequence[E], *kinds: type[Event]) -> Iterator[Sequence[E]]:
    """In order; each event of these kinds alone."""
    first = 0
    for alone, group in groupby(events, key=lambda event: isinstance(event, kinds)):
        last = first + len([*group])
        step = 1 if alone else last - first
        for begin in range(first, last, step):
            yield events[begin : begin + step]
        first = last
