"""What booking does. Each loads, decides, says; lock order: session, then wallet, then vouchers."""

from datetime import timedelta

from chassis.db import Transaction
from chassis.outbox import say
from contracts.booking import BookingAttended, BookingMissed, WaitingJoined
from contracts.catalogue import MediatorLeft, MediatorPosted, SessionCancelled, SessionChanged, SessionScheduled
from contracts.contacts import ContactStated
from contracts.event import Event
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from contracts.notifications import NoticeFailed, NoticeToCall
from contracts.prescription import BookCancelled, BookCorrected, BookExpired, BookPrescribed
from contracts.words import Actor
from services.booking import queries
from services.booking.model import (
    AlreadyBooked,
    Booking,
    File,
    Mediator,
    Person,
    Session,
    TroubledNotice,
    WaitingPerson,
    Wallet,
)
from services.booking.model.wallet import Cause

ORGANISER = Actor(kind="organiser")
PRESCRIPTION = Actor(kind="prescriber")


async def book(tx: Transaction, session_id: SessionId, beneficiary_id: BeneficiaryId, *, by: Actor) -> Booking:
    """Take a seat and hold the vouchers, or do neither (rule 14)."""
    session = await queries.session_locked(tx, session_id)
    wallet = await queries.wallet_locked(tx, beneficiary_id)
    booking = session.book(wallet, await queries.confirmed_of(tx, beneficiary_id), by=by, now=tx.now)
    tx.add(booking)
    say(tx, booking.confirmed(wallet), wallet.changed(), session.filled())
    return booking


async def book_in_care(
    tx: Transaction, session_id: SessionId, beneficiary_id: BeneficiaryId, *, mediator: MediatorId, by: Actor
) -> Booking:
    """The same, for one's own people (rule 19). Raises FileOfAnother."""
    (await queries.file(tx, beneficiary_id)).check_followed_by(mediator)
    return await book(tx, session_id, beneficiary_id, by=by)


async def cancel(tx: Transaction, booking_id: BookingId, *, by: Actor, reason: str, cut_off: timedelta) -> Booking:
    """Vouchers and seat come back until the cut-off (rule 16)."""
    booking = await queries.booking(tx, booking_id)
    session = await queries.session_locked(tx, booking.session_id)
    wallet = await queries.wallet_locked(tx, booking.beneficiary_id)
    booking = await queries.booking(tx, booking_id)
    cancelled = booking.cancel(session, wallet, Cause(reason, by, tx.now, booking_id), cut_off=cut_off)
    say(tx, cancelled, wallet.changed(), session.filled())
    return booking


async def mark(tx: Transaction, booking_id: BookingId, *, attended: bool, by: Actor) -> Booking:
    """Who was there: vouchers are spent, or not (rule 17)."""
    booking = await queries.booking(tx, booking_id)
    wallet = await queries.wallet_locked(tx, booking.beneficiary_id)
    booking = await queries.booking(tx, booking_id)
    cause = Cause("présence" if attended else "absence", by, tx.now, booking_id)
    said: BookingAttended | BookingMissed = booking.attend(wallet, cause) if attended else booking.miss(wallet, cause)
    say(tx, said, wallet.changed())
    return booking


async def join_waiting_list(tx: Transaction, session_id: SessionId, beneficiary_id: BeneficiaryId) -> WaitingPerson:
    """In order of arrival (rule 18); joining again keeps the place."""
    session = await queries.session_locked(tx, session_id)
    session.check_open(tx.now)
    if known := await tx.get(WaitingPerson, (session_id, beneficiary_id)):
        return known
    if any(one.session_id == session_id for one in await queries.confirmed_of(tx, beneficiary_id)):
        raise AlreadyBooked
    session.waiting += 1
    person = WaitingPerson(
        session_id=session_id, beneficiary_id=beneficiary_id, place=session.waiting, joined_at=tx.now
    )
    tx.add(person)
    joined = WaitingJoined(session_id=session_id, beneficiary_id=beneficiary_id, place=person.place)
    say(tx, joined, session.filled())
    return person


async def accept_file(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: MediatorId) -> File:
    """Take over the file (rule 19). Raises AlreadyAccepted."""
    file = await queries.file_locked(tx, beneficiary_id)
    if accepted := file.accept(by, tx.now):
        say(tx, accepted)
    return file


async def receive_book(tx: Transaction, wallet: Wallet, event: BookPrescribed) -> None:
    """Five more hours; the first book opens the file, proposed to the least busy mediator."""
    wallet.receive(event.book_id, event.rank, event.voucher_ids)
    said: list[Event] = [wallet.changed()]
    if await tx.get(File, event.beneficiary_id) is None:
        file = File.proposed(event.beneficiary_id, await queries.least_busy_mediator(tx), tx.now)
        tx.add(file)
        said += file.announced()
    say(tx, *said)


async def propose_waiting_files(tx: Transaction, mediator_id: MediatorId) -> None:
    """The first mediator in post is proposed the files that waited for one."""
    for file, _ in await queries.proposed_files(tx):
        if file.mediator_id is None:
            file.mediator_id = mediator_id
            say(tx, *file.announced())


async def keep_session(tx: Transaction, event: SessionScheduled | SessionChanged) -> None:
    """What catalogue tells; those booked follow the session to its new time or place (rule 13)."""
    session = await tx.get(Session, event.session_id, with_for_update=True, populate_existing=True)
    if session is None:
        tx.add(Session.told(event))
        return
    before = session.starts_at, session.ends_at, session.place
    if session.keep(event) and before != (session.starts_at, session.ends_at, session.place):
        bookings = await queries.bookings_in(tx, session.id, "confirmed")
        say(tx, *[booking.move(session) for booking in bookings], session.filled())


async def cancel_session(tx: Transaction, event: SessionCancelled) -> None:
    """Everyone booked gets the vouchers back, and is told (rule 16)."""
    session = await tx.get(Session, event.session_id, with_for_update=True, populate_existing=True)
    if session is None or session.state == "cancelled":
        return
    session.state, session.version = "cancelled", max(session.version, event.version)
    bookings = await queries.bookings_in(tx, session.id, "confirmed")
    wallets = await queries.wallets_locked(tx, {booking.beneficiary_id for booking in bookings})
    for booking in bookings:
        wallet = wallets[booking.beneficiary_id]
        cause = Cause(event.reason, ORGANISER, tx.now, booking.id)
        say(tx, booking.cancel(session, wallet, cause, cut_off=timedelta(0)), wallet.changed())
    say(tx, session.filled())


async def correct_book(tx: Transaction, wallet: Wallet, event: BookCancelled | BookExpired | BookCorrected) -> None:
    """A book was cancelled or expired, or one voucher corrected, by prescription (rules 7 and 8)."""
    left = [voucher for voucher in wallet.of_book(event.book_id) if voucher.state == "available"]
    match event:
        case BookCancelled():
            wallet.move(left, "void", Cause(event.reason, PRESCRIPTION, tx.now))
        case BookExpired():
            wallet.move(left, "expired", Cause("chéquier périmé", PRESCRIPTION, tx.now))
        case BookCorrected():
            chosen = [voucher for voucher in wallet.vouchers if voucher.id == event.voucher_id]
            wallet.move(chosen, event.state_after, Cause(event.reason, PRESCRIPTION, tx.now))
    say(tx, wallet.changed())


async def keep_mediator(tx: Transaction, event: MediatorPosted | MediatorLeft) -> None:
    known = await tx.get(Mediator, event.mediator_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    in_post = isinstance(event, MediatorPosted)
    await tx.merge(Mediator(id=event.mediator_id, version=event.version, name=event.name, in_post=in_post))
    if in_post:
        await propose_waiting_files(tx, event.mediator_id)


def keep_contact(person: Person, event: ContactStated) -> None:
    """Only what an attendance sheet needs (rule 26)."""
    if event.version > person.contact_version:
        person.contact_version, person.channel = event.version, event.channel
        person.first_name, person.last_initial = event.first_name, event.last_initial


async def keep_trouble(tx: Transaction, notice: NoticeFailed | NoticeToCall) -> None:
    await tx.merge(
        TroubledNotice(
            notice_id=notice.notice_id,
            beneficiary_id=notice.beneficiary_id,
            booking_id=notice.booking_id,
            kind=notice.kind,
            to_call=isinstance(notice, NoticeToCall),
            reason=notice.reason,
            heard_at=tx.now,
        )
    )
