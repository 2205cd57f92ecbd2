"""What booking hears, topic by topic. Between topics there is no order: what is not yet known is kept and completed."""

from collections.abc import Sequence

from chassis.db import Transaction
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
from contracts.notifications import (
    ContactOptedOut,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    NoticeToCall,
    NotificationsErasureCompleted,
    NotificationsEvent,
)
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
from services.booking import queries, usecases


async def on_prescription(tx: Transaction, events: Sequence[PrescriptionEvent]) -> None:
    prescribed = {event.beneficiary_id for event in list(events) if isinstance(event, BookPrescribed)}
    touched = {event.beneficiary_id for event in list(events) if isinstance(event, BookCancelled | BookExpired)}
    corrected = {event.beneficiary_id for event in list(events) if isinstance(event, BookCorrected)}
    await queries.open_wallets(tx, prescribed)
    wallets = await queries.wallets_locked(tx, prescribed | touched | corrected)
    people = await queries.people_kept(
        tx, {event.beneficiary_id for event in list(events) if isinstance(event, BeneficiaryRegistered)}
    )
    for event in events:
        match event:
            case BookPrescribed():
                await usecases.receive_book(tx, wallets[event.beneficiary_id], event)
            case BookCancelled() | BookExpired() | BookCorrected():
                await usecases.correct_book(tx, wallets[event.beneficiary_id], event)
            case BeneficiaryRegistered():
                person = people[event.beneficiary_id]
                person.commune_insee, person.audiences = event.commune_insee, list(event.audiences)
            case (
                CentreOpened() | CentreChanged() | CentreClosed()
                | BeneficiaryMerged() | BeneficiaryErased() | PrescriptionErasureCompleted()
            ):  # fmt: skip
                pass  # centres are not booking's business; merging and erasing come with rules 5 and 27


async def on_contacts(tx: Transaction, events: Sequence[ContactEvent]) -> None:
    ids = {event.beneficiary_id for event in list(events) if not isinstance(event, ContactsTicked)}
    people = await queries.people_kept(tx, ids)
    for event in events:
        match event:
            case ContactStated():
                usecases.keep_contact(people[event.beneficiary_id], event)
            case ContactErased():
                people[event.beneficiary_id].forget()
            case ContactsTicked():
                pass


async def on_catalogue(tx: Transaction, events: Sequence[CatalogueEvent]) -> None:
    for event in events:
        match event:
            case SessionScheduled() | SessionChanged():
                await usecases.keep_session(tx, event)
            case SessionCancelled():
                await usecases.cancel_session(tx, event)
            case MediatorPosted() | MediatorLeft():
                await usecases.keep_mediator(tx, event)
            case (
                TrainingPublished() | TrainingChanged() | TrainingWithdrawn()
                | SpaceListed() | SpaceChanged() | SpaceClosed() | LabelEnding() | LabelEnded()
                | CatalogueErasureCompleted()
            ):  # fmt: skip
                pass  # a session carries what booking needs of its training and place


async def on_notifications(tx: Transaction, events: Sequence[NotificationsEvent]) -> None:
    for event in events:
        match event:
            case NoticeFailed() | NoticeToCall():
                await usecases.keep_trouble(tx, event)
            case NoticeSent() | NoticeDelivered() | ContactOptedOut() | NotificationsErasureCompleted():
                pass  # only what did not arrive is work for the mediator
