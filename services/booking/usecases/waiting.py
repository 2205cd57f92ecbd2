"""The waiting list moves: a free seat is held for the first who can take it, for a time. Rule 18."""

from typing import Literal

from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.event import Event
from contracts.ids import BeneficiaryId, BookingId, SessionId
from contracts.words import Actor
from services.booking import queries
from services.booking.model import AlreadyBooked, Booking, Cause, OfferEnded, SeatsLeft, Session, WaitingPerson
from services.booking.model.booking import ACCEPTED
from services.booking.model.ledger import SYSTEM
from services.booking.model.waiting import Left
from services.booking.policy import BookingPolicy
from services.booking.usecases.wallets import wallet_changed


async def join_waiting_list(tx: Transaction, session_id: SessionId, beneficiary_id: BeneficiaryId) -> WaitingPerson:
    """Join in order of arrival; joining again changes no place. Raises SessionOver, AlreadyBooked, SeatsLeft."""
    session = await queries.session_for_update(tx, session_id)
    await queries.wallet_for_update(tx, beneficiary_id)
    session.check_open(tx.now)
    if known := await tx.get(WaitingPerson, (session_id, beneficiary_id)):
        return known
    seats = (await queries.seats_by_person(tx, {beneficiary_id}))[beneficiary_id]
    if any(seat.session_id == session_id for seat in seats):
        raise AlreadyBooked
    if session.free:
        raise SeatsLeft
    person = WaitingPerson.joined(session, beneficiary_id, tx.now)
    tx.add(person)
    publish(tx, person.announced(), session.filled())
    return person


async def leave_waiting_list(
    tx: Transaction, session_id: SessionId, beneficiary_id: BeneficiaryId, *, policy: BookingPolicy
) -> None:
    """Leave at the person's wish; a seat offered to them goes to the next."""
    concerns(tx, beneficiary_id, session_id)
    session = await queries.session_for_update(tx, session_id)
    for offer in await queries.bookings_in(tx, session_id, "offered"):
        if offer.beneficiary_id == beneficiary_id:
            await end_offer(tx, offer, session, "declined", policy=policy)
            return
    await _leave(tx, session, beneficiary_id, "withdrawn")
    publish(tx, session.filled())


async def accept_offer(tx: Transaction, offer_id: BookingId, *, by: Actor) -> Booking:
    """The offered seat is theirs. Raises OfferEnded, SessionOver, OverlapsAnother, NotEnoughVouchers."""
    offer, session = await _offer_for_update(tx, offer_id)
    wallet = await queries.wallet_for_update(tx, offer.person)
    others = (await queries.seats_by_person(tx, {offer.person}))[offer.person]
    offer.accept(session, wallet, others, Cause(ACCEPTED, by, tx.now, offer.id))
    await _leave(tx, session, offer.person, "booked")
    publish(tx, offer.confirmed(wallet, session), wallet_changed(tx, wallet), session.filled())
    return offer


async def decline_offer(tx: Transaction, offer_id: BookingId, *, policy: BookingPolicy) -> Booking:
    """The seat goes to the next. Raises OfferEnded."""
    offer, session = await _offer_for_update(tx, offer_id)
    await end_offer(tx, offer, session, "declined", policy=policy)
    return offer


async def lapse_offer(tx: Transaction, offer_id: BookingId, *, policy: BookingPolicy) -> None:
    """Nobody answered in time: the next is offered the seat in the same transaction, so nobody is skipped."""
    try:
        offer, session = await _offer_for_update(tx, offer_id)
    except OfferEnded:
        return
    if tx.now >= (offer.offered_until or tx.now):
        await end_offer(tx, offer, session, "lapsed", policy=policy)


async def end_offer(
    tx: Transaction, offer: Booking, session: Session, state: Literal["declined", "lapsed"], *, policy: BookingPolicy
) -> None:
    publish(tx, offer.end_offer(session, state))
    await _leave(tx, session, offer.person, state)
    await pass_on(tx, session, policy=policy)
    publish(tx, session.filled())


async def pass_on(tx: Transaction, session: Session, *, policy: BookingPolicy) -> None:
    """Each free seat of a locked session is offered to the next who waits, has the vouchers and is free then.

    Those enrolled by a professional wait like the others. Whoever calls says `session.filled()` afterwards.
    """
    if session.state != "scheduled" or not session.free or not session.waiting:
        return
    await tx.flush()
    for person in await queries.next_waiting(tx, session, session.free):
        cause = Cause("liste d'attente", SYSTEM, tx.now)
        if made := Booking.offer(session, person, cause, policy):
            offer, offered = made
            tx.add(offer)
            publish(tx, offered)


async def refill(tx: Transaction, session_id: SessionId, *, policy: BookingPolicy) -> None:
    """Mend what may have been missed: a seat is free while someone waits, or nobody can wait any more."""
    session = await queries.session_for_update(tx, session_id)
    before = session.offered, session.waiting
    if session.state == "cancelled" or tx.now >= session.starts_at:
        await empty_list(tx, session, "session_cancelled" if session.state == "cancelled" else "session_started")
    else:
        await pass_on(tx, session, policy=policy)
    if before != (session.offered, session.waiting):
        publish(tx, session.filled())


async def empty_list(tx: Transaction, session: Session, reason: Left) -> None:
    """Nobody waits any more; open offers end."""
    offers = await queries.bookings_in(tx, session.id, "offered")
    events: list[Event] = [offer.end_offer(session, "lapsed") for offer in offers]
    for person in await queries.waiting_of(tx, session.id):
        events.append(person.leaves(session, reason))
        await tx.delete(person)
    publish(tx, *events)


async def _leave(tx: Transaction, session: Session, beneficiary_id: BeneficiaryId, reason: Left) -> None:
    if person := await tx.get(WaitingPerson, (session.id, beneficiary_id)):
        publish(tx, person.leaves(session, reason))
        await tx.delete(person)


async def _offer_for_update(tx: Transaction, offer_id: BookingId) -> tuple[Booking, Session]:
    """Under its session's lock. Raises OfferEnded."""
    session = await queries.session_for_update(tx, (await queries.booking(tx, offer_id)).session_id)
    offer = await queries.booking(tx, offer_id)
    if offer.state != "offered":
        raise OfferEnded
    return offer, session
