"""The providers' simulators: as strict as they are, and reporting to the real addresses."""

import asyncio
from functools import partial
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.servers import free_ports
from services.notifications.app import create_site
from services.notifications.settings import Settings
from tests.actors import settings_for
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import published
from tests.outside import Outside, opened
from tests.waiting import until

BECAME = {("sms", "delivered"): 9, ("email", "failed"): 1}


async def test_the_simulators_report_to_the_real_addresses(database: Database, tmp_path: Path) -> None:
    """A service on a port, and each provider's own way of telling it."""
    [port] = free_ports(1)
    with opened(tmp_path, f"http://127.0.0.1:{port}/api/notifications/receipts/sms") as outside:
        site = with_outside(database, outside)
        app = site.application()
        server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve())
        people = [BeneficiaryId(uuid7()) for _ in range(9)]
        session = scheduled()
        for person in people:
            await consume(database, stated(person), session, confirmed(person, session))
        returned = BeneficiaryId(uuid7())
        by_mail = stated(returned, channel="email", email="retour@exemple.invalid", phone=None, phone_kind=None)
        await consume(database, by_mail, session, confirmed(returned, session))
        await send_due(site)
        assert await until(partial(reported, database), "what became of each") == BECAME
        async with httpx.AsyncClient() as client:
            for person in people:  # the button «Répondre STOP», whoever brought the message
                await client.post(f"{outside.url}/stop", data={"to": stated(person).phone})
        assert len(await published(database, "contact.opted_out.v1")) == 9
        server.should_exit = True
        await serving


def with_outside(database: Database, outside: Outside) -> Site:
    settings = {**outside.settings(), "sms": outside.accounts("ovh", "brevo", "gateway")}
    return create_site(settings_for(Settings, database.url, quiet_hours=False, **settings))


async def reported(database: Database) -> dict[tuple[str, str], int] | None:
    counted = await counts(database)
    return counted if {state for _, state in counted} <= {"delivered", "failed"} else None


async def counts(database: Database) -> dict[tuple[str, str], int]:
    query = text(
        "SELECT channel, state, count(*) FROM notices WHERE kind = 'booking_confirmed' AND channel IS NOT NULL "
        "GROUP BY channel, state"
    )
    async with database.reading() as reading:
        return {(row[0], row[1]): row[2] for row in await reading.execute(query)}


def test_a_wrong_token_is_not_taken_by_the_simulators(outside: Outside) -> None:
    """They are strict, so that our side is proved."""
    message = {"sender": "PassNumeriq", "recipient": "33639981234", "content": "x"}
    answer = httpx.post(f"{outside.url}/brevo/v3/transactionalSMS/send", json=message, headers={"api-key": "no"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    answer = httpx.post(f"{outside.url}/ovh/1.0/sms/sms-dm00001-1/jobs", json={}, headers={"X-Ovh-Application": "no"})
    assert (answer.status_code, answer.json()["errorCode"]) == (403, "INVALID_CREDENTIAL")
