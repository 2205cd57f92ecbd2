"""Two records were one person: everything of the one becomes the other's. Rule 5."""

from collections.abc import Mapping
from uuid import UUID

from chassis import journal
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import WaitingJoined, WaitingLeft
from contracts.event import Event
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryMerged
from services.booking import queries
from services.booking.model import Booking, Cause, Session, Wallet
from services.booking.model.ledger import ORGANISER
from services.booking.policy import BookingPolicy
from services.booking.usecases.wallets import record_moves, wallet_changed


async def merge(tx: Transaction, event: BeneficiaryMerged, *, policy: BookingPolicy) -> None:
    """Make one history: vouchers, bookings, places in lists, the file. Merging again changes nothing."""
    survivor_id, merged_id = event.kept_id, event.merged_id
    await queries.record_merge(tx, merged_id, survivor_id)
    await queries.open_wallets(tx, {survivor_id, merged_id})
    sessions, wallets = await queries.histories_for_update(tx, {survivor_id, merged_id})
    events = await _untangle(tx, sessions, survivor_id, wallets[merged_id], policy)
    record_moves(tx, wallets[merged_id])
    wallets[survivor_id].absorb(wallets[merged_id])
    await tx.flush()
    await journal.merge(tx, merged_id, survivor_id)
    await queries.move_history(tx, merged_id, survivor_id)
    await _move_file(tx, survivor_id, merged_id)
    wallets = await queries.wallets_for_update(tx, {survivor_id, merged_id})
    wallets[survivor_id].renumber()
    publish(tx, *events, *[wallet_changed(tx, wallet) for wallet in wallets.values()])


async def _untangle(
    tx: Transaction, sessions: Mapping[UUID, Session], survivor_id: BeneficiaryId, merged: Wallet, policy: BookingPolicy
) -> list[Event]:
    """What one person can't have twice: two seats in a session, two places in a list."""
    events: list[Event] = []
    for booking, twin in await _both(tx, survivor_id, merged.beneficiary_id):
        offer = next((seat for seat in (booking, twin) if seat.state == "offered"), None)
        if booking.session_id != twin.session_id:
            booking.moved = booking.moved or not offer  # two sessions at once: a person decides which one to keep
        elif offer:
            events.append(offer.end_offer(sessions[booking.session_id], "declined"))
        else:
            cause = Cause("deux fiches d'une même personne", ORGANISER, tx.now, booking.id)
            events.append(booking.cancel(sessions[booking.session_id], merged, cause, policy))
    events += await _leave_lists(tx, sessions, survivor_id, merged.beneficiary_id)
    return [*events, *[session.filled() for session in sessions.values()]]


async def _both(tx: Transaction, survivor_id: BeneficiaryId, merged_id: BeneficiaryId) -> list[tuple[Booking, Booking]]:
    """Seats of the merged one, each with the seat of the survivor that it can't be taken with."""
    theirs = await queries.seats_of(tx, merged_id)
    mine = await queries.seats_of(tx, survivor_id)
    return [
        (seat, other)
        for seat in theirs
        for other in mine
        if seat.session_id == other.session_id or (seat.starts_at < other.ends_at and other.starts_at < seat.ends_at)
    ]


async def _leave_lists(
    tx: Transaction, sessions: Mapping[UUID, Session], survivor_id: BeneficiaryId, merged_id: BeneficiaryId
) -> list[WaitingJoined | WaitingLeft]:
    """Where one of the two has a seat, nobody waits any more; of two places in one list the better stays (rule 18)."""
    seats = [*await queries.seats_of(tx, survivor_id), *await queries.seats_of(tx, merged_id)]
    booked = {seat.session_id for seat in seats if seat.state == "confirmed"}
    events: list[WaitingJoined | WaitingLeft] = []
    mine = {place.session_id: place for place, _ in await queries.waits_of(tx, survivor_id)}
    theirs = {place.session_id: place for place, _ in await queries.waits_of(tx, merged_id)}
    for place in [*mine.values(), *theirs.values()]:
        if place.session_id in booked:
            events.append(place.leaves(sessions[place.session_id], "booked"))
            await tx.delete(place)
    for session_id in (mine.keys() & theirs.keys()) - booked:
        place, twin = mine[session_id], theirs[session_id]
        events.append(twin.leaves(sessions[session_id], "withdrawn"))
        await tx.delete(twin)
        if twin.place < place.place:
            place.place, place.joined_at = twin.place, twin.joined_at
            events.append(place.announced())
    return events


async def _move_file(tx: Transaction, survivor_id: BeneficiaryId, merged_id: BeneficiaryId) -> None:
    """The file that a mediator follows stays; the other one ends."""
    files = await queries.files_of(tx, {survivor_id, merged_id})
    mine, theirs = files.get(survivor_id), files.get(merged_id)
    if theirs is None:
        return
    if mine is not None:
        changed = mine.take_over_from(theirs)
        await tx.delete(theirs)
    else:
        theirs.beneficiary_id = survivor_id
        changed = theirs.planned() if theirs.plan else None
    if changed:
        publish(tx, changed)
