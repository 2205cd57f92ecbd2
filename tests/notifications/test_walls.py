"""Who may see a resident's messages: their centre, their mediator, or whoever says why. Rules 19 and 27."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from chassis.web import Principal
from contracts.booking import FileAccepted, FileHandedOver
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from county import links
from services.notifications import consumers
from services.notifications.delivery import Dispatch
from tests.actors import ADMINISTRATOR, LINK_SECRET, MEDIATOR, OTHER_MEDIATOR, PRESCRIBER, asking
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import BY_POST, CENTRE, confirmed, person_with_number, scheduled, stated
from tests.notifications.stored import letter_ids
from tests.outside import Outside

NADIA = PRESCRIBER.model_copy(update={"centre_id": CENTRE})
STRANGERS = {"prescriber": PRESCRIBER, "mediator": OTHER_MEDIATOR}
EVERYBODY_ELSE = {**STRANGERS, "administrator": ADMINISTRATOR}
LATER = datetime.now(UTC) + timedelta(days=20)
PERSONAL = ("Démo Jeanne", "+33639985555", "7 rue Haute")  # a name, a telephone, an address
READINGS = "SELECT by, CASE WHEN opening THEN 'opened' ELSE what END, why FROM readings ORDER BY id"
CALLS = "SELECT id FROM notices WHERE channel = 'call' AND state = 'by_hand' ORDER BY id"


@pytest.fixture
async def people(site: Site, database: Database) -> dict[str, BeneficiaryId]:
    """One to be called, one to be written to, one whose SMS has failed."""
    people = {"call": BeneficiaryId(uuid7()), "letter": BeneficiaryId(uuid7()), "sms": person_with_number("0000")}
    ways: dict[str, dict[str, Any]] = {
        "call": {"channel": "call", "phone": PERSONAL[1]},
        "letter": {**BY_POST, "postal_address": ("Démo Jeanne", PERSONAL[2])},
        "sms": {},
    }
    for name, person in people.items():
        session = scheduled(LATER)
        await consume(database, stated(person, **ways[name]), session, confirmed(person, session))
    await send_due(site)
    return people


async def call_id(database: Database) -> str:
    async with database.reading() as reading:
        return str((await reading.execute(text(CALLS))).scalars().first())


async def readings(database: Database) -> list[tuple[str, str, str]]:
    async with database.reading() as reading:
        readings = await reading.execute(
            text("SELECT by, CASE WHEN opening THEN 'opened' ELSE what END, why FROM readings ORDER BY id")
        )
        return [tuple(row) for row in readings]


def named(answer: httpx.Response) -> list[str]:
    return [sentence for sentence in PERSONAL if sentence in unescape(answer.text)]


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.parametrize("list_", ["/appels", "/courriers", "/messages", "/echecs", "/api/notifications/calls"])
@pytest.mark.usefixtures("people")
async def test_walls_03_a_list_names_nobody_of_another_centre_or_mediator(
    site: Site, database: Database, who: Principal, list_: str
) -> None:
    async with asking(site.application(), who) as client:
        answer = await client.get(list_)
    assert answer.status_code == 200
    assert named(answer) == []
    assert await readings(database) == []


@pytest.mark.parametrize("who", EVERYBODY_ELSE.values(), ids=EVERYBODY_ELSE)
async def test_walls_03_somebody_s_messages_open_for_a_reason_and_for_an_hour(
    site: Site, database: Database, people: dict[str, BeneficiaryId], who: Principal, offset: Path
) -> None:
    person = people["sms"]
    page, api = f"/messages/personnes/{person}", f"/api/notifications/notices?beneficiary_id={person}"
    async with asking(site.application(), who) as client:
        closed = [await client.get(page), await client.get(api)]
        assert [(answer.status_code, named(answer)) for answer in closed] == [(403, []), (403, [])]
        assert 'name="why"' in closed[0].text
        for reason in ("", "  ", "x" * 201):
            assert (await client.post(f"{page}/ouvrir", data={"why": reason})).status_code == 422
        assert await readings(database) == []
        given = await client.post(f"{page}/ouvrir", data={"why": "Elle est devant moi."})
        assert (given.status_code, given.headers["location"]) == (303, page)
        assert named(await client.get(page)) == ["Démo Jeanne"]
        assert (await client.get(api)).status_code == 200
        move(offset, datetime.now(UTC) + timedelta(hours=1, seconds=5))
        assert (await client.get(page)).status_code == 403
    recorded = [(who.subject, what, "Elle est devant moi.") for what in ("opened", "person", "api")]
    assert await readings(database) == recorded


async def test_walls_03_a_reason_is_given_to_the_api_in_a_body_and_never_in_an_address(
    site: Site, database: Database, people: dict[str, BeneficiaryId]
) -> None:
    person = people["sms"]
    async with asking(site.application(), PRESCRIBER) as client:
        given = await client.post(f"/api/notifications/people/{person}/openings", json={"reason": "Elle appelle."})
        assert given.status_code == 204
        assert (await client.get(f"/api/notifications/notices?beneficiary_id={person}")).status_code == 200
        nobody = await client.post(f"/api/notifications/people/{uuid7()}/openings", json={"reason": "Elle appelle."})
        assert nobody.status_code == 404
    assert await readings(database) == [("nadia", "opened", "Elle appelle."), ("nadia", "api", "Elle appelle.")]


@pytest.mark.parametrize("who", STRANGERS.values(), ids=STRANGERS)
@pytest.mark.usefixtures("people")
async def test_walls_03_nobody_does_what_is_another_s_to_do(site: Site, database: Database, who: Principal) -> None:
    [letter], call = await letter_ids(database), await call_id(database)
    async with asking(site.application(), who) as client:
        answers = [
            await client.get(f"/courriers/{letter}"),
            await client.post("/courriers/lot.pdf", data={"notice_id": [letter]}),
            await client.post("/courriers/postes", data={"notice_id": [letter]}),
            await client.post(f"/messages/{letter}/fait"),
            await client.post(f"/messages/{call}/appel", data={"outcome": "reached"}),
            await client.post(f"/api/notifications/notices/{call}/call", json={"outcome": "reached"}),
            await client.post(f"/api/notifications/notices/{call}/done"),
        ]
    assert [(answer.status_code, named(answer)) for answer in answers] == [(403, [])] * 7
    async with database.reading() as reading:
        left = await reading.execute(text("SELECT count(*) FROM notices WHERE state = 'by_hand'"))
        assert left.scalar_one() == 3


MINE = {"of the centre": NADIA, "of the session": MEDIATOR, "of the administration": ADMINISTRATOR}


@pytest.mark.parametrize("who", MINE.values(), ids=MINE)
@pytest.mark.usefixtures("people")
async def test_walls_03_calls_and_letters_are_for_those_who_do_them_and_leave_a_trace(
    site: Site, database: Database, who: Principal
) -> None:
    [letter], call = await letter_ids(database), await call_id(database)
    async with asking(site.application(), who) as client:
        assert named(await client.get("/appels")) == [*PERSONAL[:2]]
        assert len((await client.get("/api/notifications/calls")).json()) == 2
        assert "Démo Jeanne" in (await client.get("/courriers")).text
        assert "7 rue Haute" in (await client.get(f"/courriers/{letter}")).text
        assert (await client.post("/courriers/lot.pdf", data={"notice_id": [letter]})).status_code == 200
        assert (await client.post("/courriers/postes", data={"notice_id": [letter]})).status_code == 303
        assert (await client.post(f"/messages/{call}/appel", data={"outcome": "reached"})).status_code == 303
    seen = await readings(database)
    assert [what for _, what, _ in seen] == ["calls", "calls", "api", "api", "letters", "letters", "letters"]
    assert len({why for _, _, why in seen}) == 1
    assert all(why for _, _, why in seen)


@pytest.mark.usefixtures("people")
async def test_walls_03_mine_come_first_and_of_the_others_nothing_is_told_but_that_they_wait(
    site: Site, database: Database
) -> None:
    sooner, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(days=5))
    other = stated(sooner, channel="call", first_name="Démo Odile", centre_id=PRESCRIBER.centre_id)
    await consume(database, other, session, confirmed(sooner, session))
    await send_due(site)
    async with asking(site.application(), NADIA) as client:
        page = unescape((await client.get("/appels")).text)
    assert "Démo Odile" not in page
    assert page.index("Démo Jeanne") < page.index(f'/messages/personnes/{sooner}"')


async def test_walls_03_a_mediator_sees_those_whose_file_they_follow_and_no_longer_when_it_is_handed_over(
    site: Site, database: Database, people: dict[str, BeneficiaryId]
) -> None:
    person, lucie = people["sms"], OTHER_MEDIATOR.mediator_id
    assert lucie
    assert MEDIATOR.mediator_id
    taken = FileAccepted(beneficiary_id=person, mediator_id=lucie, accepted_at=datetime.now(UTC), delay_s=1)
    given = FileHandedOver(
        beneficiary_id=person, from_mediator_id=lucie, to_mediator_id=MEDIATOR.mediator_id, reason="away", delay_s=1
    )
    async with asking(site.application(), OTHER_MEDIATOR) as client:
        await database.transact(lambda tx: consumers.on_booking(tx, [taken]))
        assert (await client.get(f"/messages/personnes/{person}")).status_code == 200
        assert named(await client.get("/messages")) == ["Démo Jeanne"]
        await database.transact(lambda tx: consumers.on_booking(tx, [given]))
        assert (await client.get(f"/messages/personnes/{person}")).status_code == 403


async def test_walls_03_who_follows_a_person_goes_with_them_when_records_become_one_or_are_erased(
    database: Database, people: dict[str, BeneficiaryId]
) -> None:
    survivor, merged, lucie = people["sms"], people["call"], OTHER_MEDIATOR.mediator_id
    assert lucie
    taken = FileAccepted(beneficiary_id=merged, mediator_id=lucie, accepted_at=datetime.now(UTC), delay_s=1)
    await database.transact(lambda tx: consumers.on_booking(tx, [taken]))
    await database.transact(
        lambda tx: consumers.on_prescription(tx, [BeneficiaryMerged(kept_id=survivor, merged_id=merged)])
    )
    assert await files(database) == [(survivor, lucie)]
    await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=survivor)]))
    assert await files(database) == []


async def files(database: Database) -> list[tuple[UUID, UUID]]:
    async with database.reading() as reading:
        return [tuple(row) for row in await reading.execute(text("SELECT beneficiary_id, mediator_id FROM files"))]


@pytest.mark.parametrize("way", [{}, {"channel": "email", "email": "demo@example.org"}], ids=["sms", "email"])
async def test_walls_04_no_code_of_a_resident_is_kept_or_shown_in_the_text_of_a_message(
    site: Site, database: Database, outside: Outside, way: dict[str, Any]
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled(LATER, bring="Rien")
    booked, contact = confirmed(person, session), stated(person, **way)
    code = links.code_for(LINK_SECRET, booked.booking_id)
    await consume(database, contact, session, booked)
    await Dispatch.of(settings_of(site).model_copy(update={"resident_url": "http://p"})).drain(database)
    left = outside.mails(contact.email) if contact.email else outside.messages(contact.phone or "")
    assert f"/r/{code}" in str(left)
    async with asking(site.application(), NADIA) as client:
        shown = [
            await client.get(f"/messages/personnes/{person}"),
            await client.get(f"/api/notifications/notices?beneficiary_id={person}"),
        ]
    stored = await contents(database)
    assert "/r/…" in stored
    for text_ in (stored, *(unescape(answer.text) for answer in shown)):
        assert code not in text_
        assert not re.search(r"/(r|stop)/[0-9A-Za-z]", text_)


async def contents(database: Database) -> str:
    async with database.reading() as reading:
        return " ".join((await reading.execute(text("SELECT notices::text FROM notices"))).scalars())
