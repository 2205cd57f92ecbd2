"""A person whose file MEDIATOR follows, of PRESCRIBER's centre, with a seat in each state; and a file that waits."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, SessionId
from services.booking import queries, usecases
from services.booking.model import Booking
from services.booking.usecases import Mark
from tests.access.world import Values, World
from tests.actors import OTHER_MEDIATOR, PRESCRIBER
from tests.booking.conftest import (
    BY,
    at,
    book,
    booked,
    cancel,
    deliver,
    new_people,
    new_session,
    over,
    wait,
)
from tests.booking.events import ME, TOMORROW, colleague, in_post, registered_in_crest, stated, training
from tests.booking.on_paper import POLICY

NAME = "Démo Zélie"


async def booking(site: Site) -> World:
    """`zelie` is somebody's; `new` waits for a mediator; `other` only takes seats away."""
    database = site.runtime.database
    zelie, new, other = await new_people(database, 3)
    named = stated(zelie).model_copy(update={"centre_id": PRESCRIBER.centre_id, "first_name": NAME})
    await deliver(database, *in_post(), *colleague(), training(), named, stated(new), stated(other))
    await deliver(database, *map(registered_in_crest, (zelie, new, other)))
    await database.transact(partial(usecases.accept_file, beneficiary_id=zelie, by=ME))
    others = {**await seats_of(site, zelie), **await lists_of(database, zelie, other)}
    others |= {key: {"beneficiary_id": new} for key in ("*/files/{beneficiary_id}/accept", "*/reprendre")}
    coming = await booked(database, zelie, 4)
    values = {
        "beneficiary_id": zelie, "booking_id": coming.id, "session_id": await new_session(database, starts=in_days(5)),
        "training_id": UUID(int=3), "to_mediator_id": OTHER_MEDIATOR.mediator_id, "link": coming.code,
        "code": coming.code, "name": "pass.css", "version": "0",
        "q": "", "day": in_days(5).date().isoformat(), "jour": "", "km": "",
        "formation": "", "evenings": False, "with_seats": False, "attended": True,
    }  # fmt: skip
    return World(values, others, names=(NAME,), guessed={"link": "0123456789ab"})


async def seats_of(site: Site, person: BeneficiaryId) -> dict[str, Values]:
    """Of the past: two that were missed, and one of which nobody has noted anything."""
    await missed(site, person, hours=7)
    costly = await missed(site, person, hours=5)
    past = await booked(site.runtime.database, person, 3)
    await over(site, past, hours=3)
    paths = ("*/attendance", "*/presence", "*/tous-presents", "*/feuille.pdf", "GET /emargement/{session_id}")
    of_past = {key: {"booking_id": past.id, "session_id": past.session_id} for key in paths}
    return {**of_past, **{key: {"booking_id": costly.id} for key in ("*/give-back", "*/rendre")}}


async def lists_of(database: Database, person: BeneficiaryId, other: BeneficiaryId) -> dict[str, Values]:
    """A seat that is offered, a list that they are on and one that they may join."""
    offer = await offered(database, person, other)
    full, listed = await sold_out(database, other, days=3), await sold_out(database, other, days=4)
    await wait(database, listed, person)
    paths = ("*/bookings/{booking_id}/accept", "*/decline", "*/accepter", "*/refuser")
    joins = {key: {"session_id": full} for key in ("POST /api/booking/waiting", "*/attente")}
    of_offer = {key: {"booking_id": offer.id, "link": offer.code} for key in paths}
    return {**of_offer, **joins, "*/quitter": {"session_id": listed}}


def in_days(days: int) -> datetime:
    return TOMORROW + timedelta(days=days)


async def missed(site: Site, person: BeneficiaryId, *, hours: int) -> Booking:
    """A session that ended so long ago, without the person; the second time that costs, and somebody is to call."""
    database = site.runtime.database
    seat = await booked(database, person, hours)
    await over(site, seat, hours=hours)
    absent = Mark(attended=False, by=BY)
    return await at(database, lambda tx: usecases.mark(tx, seat.id, absent, policy=POLICY))


async def offered(database: Database, person: BeneficiaryId, other: BeneficiaryId) -> Booking:
    """A seat that became free."""
    session = await new_session(database, capacity=1, starts=in_days(2))
    taken = await book(database, session, other)
    await wait(database, session, person)
    await cancel(database, taken)
    async with database.reading() as reading:
        (offer,) = await queries.bookings_in(reading, session, "offered")
    return offer


async def sold_out(database: Database, other: BeneficiaryId, *, days: int) -> SessionId:
    session = await new_session(database, capacity=1, starts=in_days(days))
    await book(database, session, other)
    return session
