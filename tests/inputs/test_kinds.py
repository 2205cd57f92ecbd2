"""Each kind of input that once was a fault of ours is a refusal in French, and each stands in one place."""

import hashlib
import hmac
import time
from typing import Any

import pytest
from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from chassis.db import Database
from chassis.site import Site
from chassis.web import Read, anybody
from chassis.web.problems import unstorable
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER, asking
from tests.conftest import Created
from tests.inputs.seeds import seeded
from tests.outside import SECRET
from tests.prescription.conftest import PERSON
from tests.prescription.steps import copied
from tests.sites import site_of

WHO = {"prescription": PRESCRIBER, "catalogue": ADMINISTRATOR, "booking": MEDIATOR, "notifications": ADMINISTRATOR}
DIGITS = "9" * 20
ID = "018f0000-0000-7000-8000-000000000001"
LAST_MOMENT = "9999-12-31T23:59:59-12:00"
SIXTEEN: list[tuple[str, str, str, dict[str, Any]]] = [
    ("prescription", "GET", "/guichet?q=a%00b", {}),
    ("prescription", "GET", "/effacements/a%00b", {}),
    ("prescription", "POST", "/api/prescription/beneficiaries", {"json": {**PERSON, "first_name": "a\0b"}}),
    ("prescription", "POST", "/api/prescription/beneficiaries", {"json": {**PERSON, "postal_address": "1\0"}}),
    ("prescription", "GET", "/pilotage?depuis=19９９-01", {}),
    ("prescription", "POST", f"/prescription/etat/messages/{DIGITS}/rejouer", {}),
    ("catalogue", "GET", "/formations/a%00b", {}),
    ("catalogue", "GET", f"/formations/MAIL-01/versions/{DIGITS}", {}),
    ("catalogue", "GET", "/espaces?q=%00", {}),
    ("catalogue", "GET", f"/api/catalogue/sessions?start=2027-01-02T00:00:00Z&end=2027-01-01T00:00:00Z&after={ID}", {}),
    ("catalogue", "GET", "/api/catalogue/trainings", {"params": {"since": LAST_MOMENT}}),
    ("catalogue", "GET", "/api/catalogue/sessions", {"params": {"start": LAST_MOMENT}}),
    ("catalogue", "GET", f"/planning/mediateurs/{MEDIATOR.mediator_id}?semaine=0001-01-01", {}),
    ("booking", "GET", "/api/booking/sessions?q=%00", {}),
    ("booking", "GET", "/r/a%00b", {}),
    ("notifications", "POST", f"/notifications/etat/messages/{DIGITS}/ecarter", {}),
]


@pytest.mark.parametrize(("service", "method", "path", "how"), SIXTEEN)
async def test_core_05_an_odd_input_is_refused(
    service: str, method: str, path: str, how: dict[str, Any], migrated: Created
) -> None:
    site = await seeded(service, await migrated(service))
    who = ADMINISTRATOR if path.startswith(f"/{service}/etat") else WHO[service]
    async with asking(site.application(), who) as client:
        answer = await client.request(method, path, **how)
    await site.runtime.database.close()
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("at", ["²", "¹²³", "-5", "1_0", "9" * 5000, ""])
async def test_core_05_a_time_that_is_no_number_is_a_signature_of_nobody(at: str) -> None:
    app = site_of("notifications", sms=[], mail_secret=SECRET).application()
    headers = [(b"x-timestamp", at.encode("latin-1", "xmlcharrefreplace")), (b"x-signature", b"00")]
    async with asking(app) as client:
        answer = await client.post("/api/notifications/receipts/mail", content=b"{}", headers=headers)
    assert answer.status_code == 401


async def test_core_05_a_time_of_now_is_one(migrated: Created) -> None:
    """Control."""
    site = await seeded("notifications", await migrated("notifications"))
    at = str(int(time.time()))
    headers = {
        "X-Timestamp": at,
        "X-Signature": hmac.new(SECRET.encode(), f"{at}.".encode(), hashlib.sha256).hexdigest(),
    }
    async with asking(site.application()) as client:
        answer = await client.post("/api/notifications/receipts/mail", content=b"", headers=headers)
    await site.runtime.database.close()
    assert answer.status_code == 204


async def test_core_05_a_name_that_no_font_shows_is_printed_all_the_same(migrated: Created) -> None:
    site = await seeded("prescription", await migrated("prescription"))
    app = site.application()
    odd = {
        **PERSON,
        "first_name": "Démo Zoé 👩‍🌾",
        "last_name": "Ｄubois 漢",
        "confirmed": True,
        "phone": "06 12 34 56 78",
    }
    async with asking(app, PRESCRIBER) as client:
        person = (await client.post("/api/prescription/beneficiaries", json=odd)).json()["id"]
    await copied(site, app, person)
    async with asking(app, PRESCRIBER) as client:
        book = (await client.post(f"/api/prescription/beneficiaries/{person}/books", json={"need": "farm"})).json()[
            "id"
        ]
        answers = [await client.get(path) for path in (f"/chequiers/{book}.pdf", f"/habitants/{person}/copie.pdf")]
    await site.runtime.database.close()
    assert [one.status_code for one in answers] == [200, 200]


async def beyond_the_frame(site: Site) -> tuple[int, str]:
    """What a route answers that lets a value through which the database can't take."""

    async def route(reading: Read) -> None:
        await reading.execute(text("SELECT cast(:of AS text)"), {"of": "a\0b"})

    app = site.application()
    app.add_api_route("/api/booking/odd", route, dependencies=[Depends(anybody)])
    async with asking(app) as client:
        answer = await client.get("/api/booking/odd")
    return answer.status_code, answer.text


async def test_core_05_what_only_the_database_refuses_is_a_refusal_too(
    migrated: Created, capsys: pytest.CaptureFixture[str]
) -> None:
    site = await seeded("booking", await migrated("booking"))
    status, told = await beyond_the_frame(site)
    await site.runtime.database.close()
    assert status == 422
    assert "a\0b" not in told + capsys.readouterr().out


FAULTS = {"SELECT '0000-00-00'::date": True, "SELECT 10::numeric ^ 200000": True, "SELECT nothing FROM nowhere": False}


@pytest.mark.parametrize("statement", FAULTS)
async def test_core_05_only_faults_of_values_are_refusals(database: Database, statement: str) -> None:
    """Control: a statement that is wrong in itself stays a fault of ours."""
    async with database.reading() as reading:
        with pytest.raises(DBAPIError) as raised:
            await reading.execute(text(statement))
    assert unstorable(raised.value) is FAULTS[statement]
