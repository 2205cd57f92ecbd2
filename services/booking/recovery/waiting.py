"""Waiting lists, as they were published."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Transaction
from contracts.booking import WaitingJoined, WaitingLeft
from contracts.event import CloudEvent
from services.booking import queries
from services.booking.model import WaitingPerson


async def take_up(tx: Transaction, published: Sequence[CloudEvent]) -> None:
    """The last word about a person in a list counts. The sessions' counters follow with the seats."""
    last: dict[tuple[object, object], tuple[WaitingJoined | WaitingLeft, datetime]] = {}
    for one in published:
        if isinstance(one.event, WaitingJoined | WaitingLeft):
            last[one.event.session_id, one.event.beneficiary_id] = one.event, one.time
    events = [event for event, _ in last.values()]
    sessions, people = {one.session_id for one in events}, {one.beneficiary_id for one in events}
    known = await queries.waiting_among(tx, sessions, people)
    for event, at in last.values():
        place = known.get((event.session_id, event.beneficiary_id))
        if place:
            await tx.delete(place)
            await tx.flush()
        if isinstance(event, WaitingJoined):
            who = {"session_id": event.session_id, "beneficiary_id": event.beneficiary_id}
            tx.add(WaitingPerson(**who, place=event.place, joined_at=at))
    await tx.flush()
