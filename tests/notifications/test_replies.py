"""What people write back: STOP at once, anything else is read by a person. Rule 25."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased
from services.notifications import consumers
from services.notifications.model import OptOut, Reply
from services.notifications.usecases import subject_requests
from tests.actors import ADMINISTRATOR, OTHER_MEDIATOR, PRESCRIBER, asking
from tests.notifications.conftest import consume, settings_of
from tests.notifications.events import CENTRE, scheduled, stated
from tests.notifications.receipts import signed
from tests.outside import SECRET

NADIA = PRESCRIBER.model_copy(update={"centre_id": CENTRE})
PHONE, SAYS = "+33639985555", "Je ne peux pas venir, mon bus est en panne"


async def replied(site: Site, text: str, phone: str = PHONE) -> None:
    """As the gateway hands it over, twice: it did not hear our answer."""
    body = orjson.dumps({"sender": phone, "text": text})
    headers = {"Content-Type": "application/json", **signed(body)}
    async with asking(site.application()) as client:
        for _ in range(2):
            assert (
                await client.post("/api/notifications/answers/sms", content=body, headers=headers)
            ).status_code == 204


@pytest.fixture
async def person(database: Database) -> BeneficiaryId:
    person = BeneficiaryId(uuid7())
    await consume(database, stated(person, phone=PHONE), scheduled())
    return person


async def stored(database: Database, kind: type[Any]) -> list[Any]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(kind))]


async def test_rule_25_what_is_not_understood_is_shown_once_to_whom_it_concerns(
    site: Site, database: Database, person: BeneficiaryId
) -> None:
    await replied(site, SAYS)
    assert await stored(database, OptOut) == []
    [reply] = await stored(database, Reply)
    assert (reply.beneficiary_id, reply.text) == (person, SAYS)
    async with asking(site.application(), OTHER_MEDIATOR) as stranger:
        assert "en panne" not in (await stranger.get("/appels")).text
        assert (await stranger.post(f"/reponses/{reply.id}/lue")).status_code == 403
    async with asking(site.application(), NADIA) as client:
        assert "Démo Jeanne" in (await client.get("/appels")).text
        assert (await client.post(f"/reponses/{reply.id}/lue")).status_code == 303
        assert "en panne" not in (await client.get("/appels")).text
        assert (await client.post(f"/reponses/{reply.id}/lue")).status_code == 404


async def test_rule_25_a_person_sees_that_it_was_a_stop(site: Site, database: Database, person: BeneficiaryId) -> None:
    await replied(site, "Lâchez-moi avec vos textes")
    [reply] = await stored(database, Reply)
    async with asking(site.application(), NADIA) as client:
        assert (await client.post(f"/reponses/{reply.id}/stop")).status_code == 303
    assert [(opt_out.beneficiary_id, opt_out.channel) for opt_out in await stored(database, OptOut)] == [
        (person, "sms")
    ]


async def test_rule_25_stop_is_done_and_shown_to_nobody(site: Site, database: Database, person: BeneficiaryId) -> None:
    await replied(site, "Bonjour, arrêtez les SMS svp")
    assert [opt_out.beneficiary_id for opt_out in await stored(database, OptOut)] == [person]
    assert await stored(database, Reply) == []


@pytest.mark.usefixtures("person")
async def test_rule_25_an_unknown_number_is_shown_to_the_administration_alone(site: Site, database: Database) -> None:
    await replied(site, "Qui êtes-vous ?", "+Orange")
    [reply] = await stored(database, Reply)
    async with asking(site.application(), NADIA) as client:
        assert "Qui êtes-vous" not in (await client.get("/appels")).text
        assert (await client.post(f"/reponses/{reply.id}/lue")).status_code == 404
    async with asking(site.application(), ADMINISTRATOR) as client:
        assert "Un numéro inconnu" in (await client.get("/appels")).text
        assert (await client.post(f"/reponses/{reply.id}/lue")).status_code == 303


async def test_rule_25_every_provider_s_words_are_shown(by: Any, database: Database) -> None:
    site: Site = by("ovh", "brevo")
    report = {"msg_status": "reply", "to": PHONE, "reply": f"{SAYS} (brevo)"}
    async with asking(site.application()) as client:
        words = {"number": PHONE, "message": f"{SAYS} (ovh)"}
        assert (await client.get(f"/api/notifications/answers/ovh/ovh/{SECRET}", params=words)).status_code == 204
        bearer = {"Authorization": f"Bearer {SECRET}"}
        assert (
            await client.post("/api/notifications/receipts/brevo/brevo", json=report, headers=bearer)
        ).status_code == 204
    assert {(reply.phone, reply.text) for reply in await stored(database, Reply)} == {
        (PHONE, f"{SAYS} (ovh)"),
        (PHONE, f"{SAYS} (brevo)"),
    }


async def test_rule_27_what_people_wrote_is_forgotten_with_them_and_after_seven_days(
    site: Site, database: Database, person: BeneficiaryId, offset: Path
) -> None:
    await replied(site, SAYS)
    await replied(site, "Allô ?", "+33639986666")
    await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)]))
    assert [reply.text for reply in await stored(database, Reply)] == ["Allô ?"]
    move(offset, datetime.now(UTC) + timedelta(days=8))
    await database.transact(lambda tx: subject_requests.apply_retention(tx, settings_of(site)))
    assert await stored(database, Reply) == []
