"""What the pages show, and to whom."""

from chassis.db import Database
from chassis.site import Site
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import confirmed, person_with_number, scheduled, stated


async def test_the_pages_show_a_person_s_messages_failures_providers_and_templates(
    site: Site, database: Database
) -> None:
    person, session = person_with_number("0000"), scheduled()
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), ADMINISTRATOR) as client:
        assert "gateway refuse (422)" in (await client.get("/echecs")).text
        assert "En service" in (await client.get("/fournisseurs")).text
        templates = (await client.get("/modeles")).text
        assert templates.count("1 segment") == 13
        assert "0,065 €" in templates
        restored = await client.post("/fournisseurs/gateway/retablir")
        assert restored.status_code == 303
        assert (await client.post("/fournisseurs/nobody/retablir")).status_code == 404
    async with asking(site.application(), MEDIATOR) as client:
        assert "Messages de Démo Jeanne D." in (await client.get(f"/messages/personnes/{person}")).text
        assert (await client.post("/fournisseurs/gateway/retablir")).status_code == 403
