"""Letters: printed when there is time, in one batch, and only those that were on the page."""

from datetime import UTC, datetime, timedelta
from html import unescape

from sqlalchemy import select

from chassis.db import Database
from chassis.site import Site
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import consumers
from services.notifications.model import Notice
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import BY_POST, confirmed, scheduled, stated
from tests.notifications.stored import letter_ids


async def test_a_letter_is_printed_when_there_is_time_for_it(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person, **BY_POST), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        assert "Séance réservée : imprimer" in (await client.get("/courriers")).text
        [letter] = (await client.get(f"/api/notifications/notices?beneficiary_id={person}")).json()[-1:]
        page = (await client.get(f"/courriers/{letter['id']}")).text
    assert "26400 Crest" in page
    assert "8 Fablab" in page


async def test_the_letter_of_somebody_who_is_forgotten_is_refused(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person, **BY_POST), session, confirmed(person, session))
    await send_due(site)
    [letter] = await letter_ids(database)
    await database.transact(lambda tx: consumers.on_contacts(tx, [ContactErased(beneficiary_id=person)]))
    async with asking(site.application(), MEDIATOR) as client:
        answer = await client.get(f"/courriers/{letter}")
    assert answer.status_code == 404
    assert "Ce message n'existe pas" in unescape(answer.text)


async def test_letters_are_one_batch_and_what_came_since_is_not_marked(site: Site, database: Database) -> None:
    by_post = {**BY_POST, "postal_address": ("Démo Jeanne Dubœuf", "4 place de la Démonstration", "26400 CREST")}
    for _ in range(2):
        person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(days=20))
        await consume(database, stated(person, **by_post), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        letters = await letter_ids(database)
        made = await client.post("/courriers/lot.pdf", data={"notice_id": letters})
        assert made.content.startswith(b"%PDF-")
        assert b"/StructTreeRoot" in made.content  # tagged: it can be read aloud
        answer = await client.post("/courriers/postes", data={"notice_id": letters[:1]})
        assert answer.status_code == 303
    async with database.reading() as reading:
        query = select(Notice.state).where(Notice.channel == "letter").order_by(Notice.state)
        assert [*await reading.scalars(query)] == ["by_hand", "delivered"]


async def test_the_batch_of_letters_is_what_was_on_the_page(site: Site, database: Database) -> None:
    """A letter that came after the page is neither printed nor marked; one that a colleague posted is not printed."""
    for _ in range(3):
        person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(days=20))
        await consume(database, stated(person, **BY_POST), session, confirmed(person, session))
    await send_due(site)
    on_page, posted, came_since = sorted(await letter_ids(database))
    async with asking(site.application(), MEDIATOR) as client:
        await client.post(f"/messages/{posted}/fait")
        made = await client.post("/courriers/lot.pdf", data={"notice_id": [on_page, posted]})
        assert made.content.startswith(b"%PDF-")
        assert b"/Type/Pages/Count 1/" in made.content
        assert (await client.get("/courriers/lot.pdf")).status_code in {404, 405, 422}
        await client.post("/courriers/postes", data={"notice_id": [on_page, posted]})
    async with database.reading() as reading:
        still = [str(notice) for notice in await reading.scalars(select(Notice.id).where(Notice.state == "by_hand"))]
    assert still == [came_since]
