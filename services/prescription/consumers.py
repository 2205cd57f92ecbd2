"""What prescription consumes: the use of its books, sessions, messages that arrived or not, answers to an erasure.

What is not named here passes. News of a record that was merged goes to the survivor; but not its wallet: booking
publishes that of the survivor.
"""

from collections.abc import Sequence
from uuid import UUID

from chassis import telemetry
from chassis.db import Transaction
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingCopyAnswered,
    BookingErasureCompleted,
    BookingMissed,
    BookingMoved,
    WalletChanged,
)
from contracts.catalogue import CatalogueCopyAnswered, CatalogueErasureCompleted
from contracts.mediators import MediatorEvent, MediatorForgotten, MediatorStated
from contracts.notifications import (
    ContactOptedOut,
    NoticeDelivered,
    NoticeFailed,
    NoticeToCall,
    NotificationsCopyAnswered,
    NotificationsErasureCompleted,
)
from services.prescription import queries, usecases
from services.prescription.model import Booking, BookingNews, Voucher

NoticeTrouble = NoticeFailed | NoticeToCall
FromNotifications = NoticeDelivered | NoticeTrouble | ContactOptedOut | NotificationsErasureCompleted
FromBooking = WalletChanged | BookingNews | BookingErasureCompleted
"""Seats and files are booking's business."""
FromCatalogue = CatalogueErasureCompleted
"""A booking names its session; nothing else of the catalogue concerns a right."""


async def on_booking(tx: Transaction, events: Sequence[FromBooking]) -> None:
    wallets = {event.beneficiary_id for event in events if isinstance(event, WalletChanged)}
    booking_news = [event for event in events if isinstance(event, BookingNews)]
    people = await queries.survivors_for_update(tx, wallets | {event.beneficiary_id for event in booking_news})
    books = {book.id: book for book in await queries.books_of(tx, *wallets)}
    bookings, vouchers = await prefetched(tx, booking_news)
    requests = await queries.erasures_for_update(
        tx, {event.beneficiary_id for event in events if isinstance(event, BookingErasureCompleted)}
    )
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case WalletChanged():
                usecases.record_use(tx, people.get(event.beneficiary_id), books, event)
            case BookingConfirmed() | BookingCancelled() | BookingMoved() | BookingAttended() | BookingMissed():
                usecases.record_booking(tx, people.get(event.beneficiary_id), bookings, vouchers, event)
            case BookingErasureCompleted():
                usecases.record_erasure_answer(tx, requests, event)


async def prefetched(
    tx: Transaction, booking_news: Sequence[BookingNews]
) -> tuple[dict[UUID, Booking], dict[UUID, Voucher]]:
    """Loads the places these events speak of, and the vouchers of those places."""
    bookings = await queries.bookings_for_update(tx, [event.booking_id for event in booking_news])
    held = {voucher for booking in bookings.values() for voucher in booking.voucher_ids}
    new = {voucher for event in booking_news if isinstance(event, BookingConfirmed) for voucher in event.voucher_ids}
    return bookings, await queries.vouchers_by_id(tx, held | new)


async def on_notifications(tx: Transaction, events: Sequence[FromNotifications]) -> None:
    """Record what did not arrive, which is work for the prescriber until another message of that kind has."""
    concerned = {event.beneficiary_id for event in events if isinstance(event, NoticeTrouble | ContactOptedOut)}
    people = await queries.survivors_for_update(tx, concerned)
    requests = await queries.erasures_for_update(
        tx, {event.beneficiary_id for event in events if isinstance(event, NotificationsErasureCompleted)}
    )
    notices: list[NoticeDelivered | NoticeTrouble] = []
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case NoticeDelivered() | NoticeFailed() | NoticeToCall():
                notices.append(event)
            case ContactOptedOut():
                await usecases.record_opt_out(tx, people.get(event.beneficiary_id), event)
            case NotificationsErasureCompleted():
                usecases.record_erasure_answer(tx, requests, event)
    await usecases.record_notices(tx, people, notices)


async def on_catalogue(tx: Transaction, events: Sequence[FromCatalogue]) -> None:
    requests = await queries.erasures_for_update(tx, {event.beneficiary_id for event in events})
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CatalogueErasureCompleted():
                usecases.record_erasure_answer(tx, requests, event)


async def on_mediators(tx: Transaction, events: Sequence[MediatorEvent]) -> None:
    """Give a mediator in post the account of their address, and take it from who has left."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case MediatorStated():
                await usecases.name_mediator(tx, event)
            case MediatorForgotten():
                await usecases.forget_mediator(tx, event.mediator_id)


async def on_copies(tx: Transaction, events: Sequence[usecases.CopyAnswer]) -> None:
    """Record what each service stores of a person who asked for it."""
    copies = await queries.copies_for_update(tx, {event.copy_id for event in events})
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case BookingCopyAnswered() | NotificationsCopyAnswered() | CatalogueCopyAnswered():
                await usecases.record_copy_answer(tx, copies.get(event.copy_id), event)
