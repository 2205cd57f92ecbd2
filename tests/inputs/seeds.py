"""Each service with a little of everything in it, so that an odd input reaches what lies behind the first refusal."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.booking import usecases as booking
from services.catalogue import usecases as catalogue
from services.catalogue.model import LabelForm, MediatorForm, SessionForm
from services.catalogue.standards import places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from services.notifications import consumers as notifications
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.booking import conftest as of_booking
from tests.booking.events import ME, colleague, in_post, registered_in_crest, stated, training
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, first_space, first_training, place
from tests.notifications import events
from tests.outside import SECRET, Outside
from tests.prescription.steps import prescribed, registered
from tests.sites import site_of

UUIDS = "SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'uuid' ORDER BY 1, 2"
SINGULAR = {"beneficiaries": "beneficiary"}
OUTSIDE = {"sms": Outside(1, 1).accounts("gateway", "ovh", "brevo"), "mail_secret": SECRET}


async def seeded(service: str, url: str) -> Site:
    """Its relay, consumers and jobs do not run."""
    site = site_of(service, url, **(OUTSIDE if service == "notifications" else {}))
    for consumer in site.runtime.consumers.values():
        consumer.fresh_at = site.runtime.clock.now()
    await SEEDS[service](site)
    return site


async def known_ids(database: Database) -> dict[str, list[UUID]]:
    """Of all that is there, by the name that routes give to such an id."""
    found: dict[str, list[UUID]] = {}
    async with database.reading() as reading:
        for table, column in (await reading.execute(text(UUIDS))).all():
            name = column if column != "id" else f"{SINGULAR.get(table, table.removesuffix('s'))}_id"
            rows = await reading.execute(text(f'SELECT DISTINCT "{column}" FROM "{table}" ORDER BY 1 LIMIT 3'))  # noqa: S608
            found.setdefault(name, []).extend(one for (one,) in rows if one)
    return found


async def _prescription(site: Site) -> None:
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin:
        centre = {"name": "Centre de Crest", "kind": "social_centre", "commune_insee": "26108", "phone": None}
        await admin.put(f"/api/prescription/centres/{PRESCRIBER.centre_id}", json=centre)
        named = {"centre_id": str(PRESCRIBER.centre_id), "name": PRESCRIBER.name}
        await admin.put(f"/api/prescription/prescribers/{PRESCRIBER.prescriber_id}", json=named)
    for number in range(3):
        other: dict[str, Any] = {
            "first_name": f"Démo Anne{'x' * number}",
            "phone": f"06 39 98 12 3{number}",
            "confirmed": True,
        }
        await prescribed(app, await registered(app, **other))


async def _catalogue(site: Site) -> None:
    database, today = site.runtime.database, datetime.now(UTC).date()
    reading = read_places(places_to_csv([place("drome-1"), place("drome-2")]).encode())
    await database.transact(lambda tx: catalogue.publish_trainings(tx, read_trainings()))
    await database.transact(lambda tx: catalogue.import_file(tx, reading, trial=False))
    await database.transact(lambda tx: catalogue.upsert_mediator(tx, ME, MediatorForm(name="Démo Karim")))
    space = await first_space(database)
    label = LabelForm(first_day=today, last_day=today + timedelta(days=365), seats=12)
    await database.transact(lambda tx: catalogue.label_space(tx, space, label))
    for days in range(3):
        form = SessionForm(
            training_id=await first_training(database), space_id=space, mediator_id=ME,
            starts_at=NEXT_WEEK + timedelta(days=days), capacity=8,
        )  # fmt: skip
        await database.transact(partial(catalogue.put_on_session, form=form, by=OFFICE))


async def _booking(site: Site) -> None:
    database = site.runtime.database
    people = await of_booking.new_people(database, 4)
    named = [stated(one).model_copy(update={"centre_id": PRESCRIBER.centre_id}) for one in people]
    await of_booking.deliver(database, *in_post(), *colleague(), *named)
    await of_booking.deliver(database, training(), *map(registered_in_crest, people))
    for number, one in enumerate(people[:3]):
        await database.transact(partial(booking.accept_file, beneficiary_id=one, by=ME))
        await of_booking.booked(database, one, number)
    full = await of_booking.new_session(database, capacity=1, starts=NEXT_WEEK)
    taken = await of_booking.book(database, full, people[0])
    await of_booking.wait(database, full, people[1])
    await of_booking.cancel(database, taken)


async def _notifications(site: Site) -> None:
    database, session = site.runtime.database, events.scheduled()
    people = [BeneficiaryId(uuid7()) for _ in range(3)]
    ways: tuple[dict[str, Any], ...] = ({}, events.BY_POST, {"channel": "call"})
    contacts = [events.stated(one, **way) for one, way in zip(people, ways, strict=True)]
    await database.transact(lambda tx: notifications.on_contacts(tx, contacts))
    await database.transact(lambda tx: notifications.on_catalogue(tx, [session]))
    booked = [events.confirmed(one, session) for one in people]
    await database.transact(lambda tx: notifications.on_booking(tx, booked))


SEEDS: dict[str, Callable[[Site], Awaitable[None]]] = {
    "prescription": _prescription,
    "catalogue": _catalogue,
    "booking": _booking,
    "notifications": _notifications,
}
