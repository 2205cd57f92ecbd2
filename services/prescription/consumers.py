"""What prescription hears: the use of its books, and the messages that did not arrive."""

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
from contracts.notifications import (
    ContactOptedOut,
    NoticeDelivered,
    NoticeFailed,
    NoticeSent,
    NoticeToCall,
    NotificationsErasureCompleted,
    NotificationsEvent,
)
from services.prescription import queries, usecases


async def on_booking(tx: Transaction, events: Sequence[BookingServiceEvent]) -> None:
    wallets = {event.beneficiary_id for event in list(events) if isinstance(event, WalletChanged)}
    people = await queries.people_locked(tx, {*wallets})
    books = {book.id: book for book in await queries.books_of(tx, *wallets)}
    for event in events:
        match event:
            case WalletChanged():
                usecases.keep_use(people.get(event.beneficiary_id), books, event)
            case (
                BookingConfirmed() | BookingCancelled() | BookingMoved() | BookingAttended() | BookingMissed()
                | WaitingJoined() | WaitingLeft() | SeatOffered() | SeatDeclined() | SeatLapsed() | SessionFilled()
                | FileProposed() | FileAccepted() | FileHandedOver() | PlanChanged() | PersonFlagged()
                | BookingErasureCompleted()
            ):  # fmt: skip
                pass  # their effect on the hours is in WalletChanged; seats and files are booking's business


async def on_notifications(tx: Transaction, events: Sequence[NotificationsEvent]) -> None:
    for event in events:
        match event:
            case NoticeFailed() | NoticeToCall():
                await usecases.keep_trouble(tx, event)
            case NoticeSent() | NoticeDelivered():
                pass  # only what did not arrive is work for the prescriber
            case ContactOptedOut() | NotificationsErasureCompleted():
                pass  # with rules 25 and 27
