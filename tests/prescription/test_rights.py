"""Rules 26 and 27: what leaves this service, who reads, and how a person is forgotten."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest
from aiokafka.partitioner import murmur2
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from chassis.db import Database
from chassis.outbox import row
from chassis.site import Site
from contracts.booking import BookingErasureCompleted
from contracts.catalogue import CatalogueErasureCompleted
from contracts.event import Event
from contracts.ids import BeneficiaryId, CentreId, PrescriberId, uuid7
from contracts.notifications import ContactOptedOut, NotificationsErasureCompleted
from contracts.prescription import (
    BeneficiaryErased,
    BeneficiaryMerged,
    BookCancelled,
    BookCorrected,
    CentreState,
    PrescriptionErasureCompleted,
    PrescriptionEvent,
)
from contracts.topics import CONTACTS, TOPICS
from contracts.words import Actor
from services.prescription import usecases
from services.prescription.model import Agent, Beneficiary, Book, Centre, News, Prescriber, Registration
from services.prescription.model.erasure import SLOTS
from services.prescription.usecases import Decided
from services.prescription.web import copying
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON, hear
from tests.prescription.desk import (
    change,
    confirmed,
    failed,
    merge,
    one,
    prescribed,
    registered,
    rows,
    said,
    sent,
    use,
    visiting,
    wallet,
)

NOW = datetime.now(UTC)
WORDS = st.text("abcdefghijklmnopqrstuvwxyzéèêàç'- ", min_size=8, max_size=30).map(lambda text: f"Démo{text}zz")


@st.composite
def told(draw: st.DrawFn) -> Registration:
    return Registration(
        first_name=draw(WORDS),
        last_name=draw(WORDS),
        birth_date=draw(st.dates(date(1920, 1, 1), date(2015, 1, 1))),
        commune_insee=draw(st.sampled_from(["26108", "26113", "26362"])),
        phone=f"0639{draw(st.integers(980000, 989999))}",
        email=f"demo.{draw(st.text('abcdefgh', min_size=6, max_size=12))}@exemple.invalid",
        postal_address=draw(WORDS),
        channel="letter",
        audiences=("senior",),
    )


def everything_said(person: Beneficiary, note: str) -> list[Event]:
    """Each event that prescription can say of a person outside of the restricted topic."""
    by = Prescriber(id=PrescriberId(UUID(int=1)), centre_id=person.centre_id, name="Démo Nadia", active=True)
    by.centre = Centre(id=person.centre_id, is_open=True)
    book = Book.prescribed(person, [], by=by, need="farm", news=News(NOW, timedelta(1), NOW))
    book.expires_on = date(2027, 1, 1)
    decided = Decided("other", note, Agent("nadia", "Démo Nadia", "prescriber"), Actor(kind="prescriber", id=by.id))
    ids = {"book_id": book.id, "beneficiary_id": person.id}
    states = {"state_before": "available", "state_after": "void", "voucher_id": book.vouchers[0].id}
    return [
        person.announced(),
        person.changed(),
        book.announced(),
        book.expire(),
        BookCancelled(**ids, reason=decided.told, by=decided.actor),
        BookCorrected.model_validate({**ids, **states, "reason": decided.told, "by": decided.actor}),
        BeneficiaryMerged(kept_id=person.id, merged_id=BeneficiaryId(uuid7())),
        BeneficiaryErased(beneficiary_id=person.id),
        PrescriptionErasureCompleted(beneficiary_id=person.id, service="prescription"),
    ]


def leaks(events: list[Event], values: list[str]) -> list[str]:
    """Where one of the values stands in what partners may read: headers, key, body."""
    found = []
    for event in events:
        if not TOPICS[event.topic].restricted:
            told = row(event, NOW)
            whole = told["key"] + told["headers"] + (told["body"] or b"").decode()
            found += [event.type for value in values if value in whole]
    return found


def values_of(person: Beneficiary, note: str) -> list[str]:
    named = [person.first_name, person.last_name, person.plain_name, person.name_key, person.birth_date.isoformat()]
    return [*named, person.phone or "", person.email or "", person.postal_address or "", note]


def registered_now(told: Registration) -> Beneficiary:
    by = Prescriber(id=PrescriberId(UUID(int=1)), centre_id=CentreId(UUID(int=2)), name="Démo Nadia", active=True)
    return Beneficiary.registered(BeneficiaryId(uuid7()), told, by=by, now=NOW)


@given(told(), WORDS)
def test_rule_26_no_event_that_partners_may_read_carries_a_personal_value(told: Registration, note: str) -> None:
    person = registered_now(told)
    assert leaks(everything_said(person, note), values_of(person, note)) == []


@given(told())
def test_rule_26_the_check_sees_a_contact_on_an_open_topic(told: Registration) -> None:
    """The control: the same values, in what the restricted topic carries."""
    person = registered_now(told)
    contact = person.contact()
    open_topic = BookCancelled(
        book_id=UUID(int=1),
        beneficiary_id=person.id,
        reason=f"erreur sur {contact.first_name}",
    )
    assert leaks([open_topic], values_of(person, "")[:1]) == ["book.cancelled.v1"]


def test_rule_26_all_that_is_said_of_a_person_is_looked_at() -> None:
    person = registered_now(Registration.model_validate(PERSON))
    centres = {event for event in get_args(PrescriptionEvent) if issubclass(event, CentreState)}
    assert {type(event) for event in everything_said(person, "")} == {*get_args(PrescriptionEvent)} - centres


async def test_rule_26_voucher_codes_stay_here(app: FastAPI, database: Database) -> None:
    book = await prescribed(app, await registered(app))
    told = " ".join(text for (text,) in await rows(database, "SELECT convert_from(body, 'utf8') FROM outbox"))
    assert not [one for one in book["vouchers"] if one["code"] in told]
    assert book["reference"] in told, "a reference is for the contacts"


async def test_rule_27_every_reading_is_recorded(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    async with visiting(app) as browser, asking(app, PRESCRIBER) as client:
        await browser.get(f"/habitants/{person}")
        await client.get(f"/api/beneficiaries/{person}")
    read = await rows(database, "SELECT subject, name, centre_id, what, why FROM readings ORDER BY id")
    mine = ("nadia", "Démo Nadia", PRESCRIBER.centre_id)
    assert read == [(*mine, "page", "suivi par son centre"), (*mine, "api", "suivi par son centre")]


async def test_rule_27_another_centre_gives_a_reason_first(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    address = f"/habitants/{person}"
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        closed = await browser.get(address)
        assert (closed.status_code, "Pourquoi ouvrir" in closed.text, "Dubœuf" in closed.text) == (403, True, False)
        for path in ("modifier", "copie.pdf", "effacer"):
            assert (await browser.get(f"{address}/{path}")).status_code == 403
        opened = await sent(browser, address, f"{address}/ouvrir", why="elle est devant moi")
        assert "Dubœuf" in opened.text
    assert await rows(database, "SELECT what, why FROM readings ORDER BY id") == [
        ("opened", "elle est devant moi"),
        ("page", "elle est devant moi"),
    ]


async def test_rule_27_the_api_asks_for_the_same_reason(app: FastAPI) -> None:
    person = await registered(app)
    async with asking(app, OTHER_PRESCRIBER) as client:
        assert (await client.get(f"/api/beneficiaries/{person}")).json()["type"].endswith("reason-asked")
        refused = await client.post(f"/api/beneficiaries/{person}/books", json={"need": "farm"})
        assert refused.status_code == 403
        read = await client.get(f"/api/beneficiaries/{person}", params={"reason": "elle est devant moi"})
        assert read.json()["last_name"] == "Dubœuf"
        assert (await client.post(f"/api/beneficiaries/{person}/books", json={"need": "farm"})).status_code == 201


async def test_rule_27_a_reason_holds_for_an_hour(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    async with asking(app, OTHER_PRESCRIBER) as client:
        await client.get(f"/api/beneficiaries/{person}", params={"reason": "elle est devant moi"})
        await change(database, "UPDATE readings SET at = at - interval '61 minutes'")
        assert (await client.get(f"/api/beneficiaries/{person}")).status_code == 403


async def test_a_prescriber_who_moves_sees_the_people_of_the_new_centre(app: FastAPI) -> None:
    person = await registered(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        address = f"/prescripteurs/{OTHER_PRESCRIBER.prescriber_id}"
        fields = {"name": "Démo Paul", "centre_id": str(PRESCRIBER.centre_id), "active": "true"}
        await sent(browser, address, address, **fields)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        assert (await browser.get(f"/habitants/{person}")).status_code == 200


async def test_the_preferred_centre_follows_the_person_too(app: FastAPI) -> None:
    person = await registered(app, preferred_centre_id=str(OTHER_PRESCRIBER.centre_id))
    for who in (PRESCRIBER, OTHER_PRESCRIBER):
        async with visiting(app, who) as browser:
            assert (await browser.get(f"/habitants/{person}")).status_code == 200


async def test_rule_27_the_copy_for_the_person_says_who_read_what(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    await prescribed(app, person)
    async with visiting(app) as browser:
        copy = await browser.get(f"/habitants/{person}/copie.pdf")
    assert copy.content.startswith(b"%PDF-1.")
    assert b"pdfuaid" in copy.content
    assert await rows(database, "SELECT what FROM readings") == [("copy",)]


async def test_rule_27_the_copy_is_whole(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app, preferred_centre_id=str(OTHER_PRESCRIBER.centre_id))
    other = await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    await merge(app, person, other)
    await registered(app, first_name="Démo Marc", last_name="Autre", confirmed=True)
    whose = BeneficiaryId(UUID(person))
    await hear(site, ContactOptedOut(beneficiary_id=whose, channel="sms", kind="book_nearly_empty"))
    await hear(site, *[failed(person) for _ in range(25)])
    async with asking(app, PRESCRIBER) as client:
        assert (await client.put(f"/api/beneficiaries/{person}", json={**PERSON, "commune_insee": "26113"})).is_success
    told = await database.transact(lambda tx: copying.copy_told(tx, whose))
    facts = dict(told["facts"])
    assert facts["Inscription"].endswith(", par Démo Nadia")
    assert facts["Centre qui vous suit"] == "Centre social de Crest"
    assert facts["Messages qui ne sont plus envoyés"] == "Chéquier presque épuisé"
    assert len(told["notices"]) == 25
    merged, waiting = told["decisions"]
    assert "fiches réunies, par Démo Admin (date mal lue)" in merged
    assert ("même téléphone" in waiting, "Marc" in waiting) == (True, False)
    assert "Démo Nadia, fiche modifiée (Commune, Centre qui la suit)" in told["readings"][0]


async def test_rule_25_prescription_is_the_record_of_what_is_not_wanted(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await registered(app)))
    for _ in range(2):
        await hear(site, ContactOptedOut(beneficiary_id=person, channel="sms"))
    await hear(site, ContactOptedOut(beneficiary_id=person, channel="sms", kind="book_nearly_empty"))
    assert await rows(database, "SELECT opt_outs, quiet_kinds, version FROM beneficiaries") == [
        (["sms"], ["book_nearly_empty"], 2)
    ]
    assert (await said(database)).count("contact.stated.v1") == 2
    assert "elle a demandé l'arrêt" in await page_of(app, str(person))


async def page_of(app: FastAPI, person: str) -> str:
    async with visiting(app) as browser:
        return (await browser.get(f"/habitants/{person}")).text.replace("&#39;", "'")


async def lived(site: Site, app: FastAPI) -> str:
    """A person with all that a record may have."""
    person = await registered(app, email="demo.jeanne@exemple.invalid")
    book = await prescribed(app, person)
    booking = confirmed(person)
    await hear(site, booking, wallet(person, 1, use(book["id"], available=4, consumed=1), first=NOW.date()))
    await hear(site, failed(person, booking.booking_id))
    await page_of(app, person)
    return person


async def places_of(database: Database, *values: str) -> list[str]:
    """A scan of every table for these texts."""
    tables = await rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = []
    for (table,) in tables:
        whole = " ".join(text for (text,) in await rows(database, f'SELECT "{table}"::text FROM "{table}"'))  # noqa: S608
        found += [f"{table}: {value}" for value in values if value in whole]
    return found


async def test_rule_27_nothing_of_the_erased_is_left_and_late_news_brings_nothing_back(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await lived(site, app)
    values = ("Dubœuf", "duboeuf", "+33639981234", "demo.jeanne", "1951-03-02")
    assert len(await places_of(database, *values)) > 5, "the scan sees them while they are there"
    async with visiting(app) as browser:
        refused = await sent(browser, f"/habitants/{person}/effacer", f"/habitants/{person}/effacer")
        assert refused.status_code == 422
        done = await sent(browser, f"/habitants/{person}/effacer", f"/habitants/{person}/effacer", sure="yes")
        assert "en attente" in done.text
    await change(database, "DELETE FROM outbox WHERE body IS NOT NULL")  # as the relay does once Kafka has it
    await hear(site, confirmed(person), wallet(person, 2))
    await hear(site, ContactOptedOut(beneficiary_id=BeneficiaryId(UUID(person)), channel="sms"))
    assert await places_of(database, *values) == []
    assert {where.partition(":")[0] for where in await places_of(database, person)} == {"outbox", "erasures"}


async def test_rule_27_the_request_closes_when_all_four_have_answered(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await lived(site, app)))
    async with asking(app, PRESCRIBER) as client:
        number = (await client.delete(f"/api/beneficiaries/{person}")).json()["number"]
        await hear(site, BookingErasureCompleted(beneficiary_id=person, service="booking"))
        await hear(site, CatalogueErasureCompleted(beneficiary_id=person, service="catalogue"))
        waiting = (await client.get(f"/api/erasures/{number}")).json()
        assert (waiting["closed_at"], waiting["answers"]["notifications"]) == (None, None)
        for _ in range(2):
            await hear(site, NotificationsErasureCompleted(beneficiary_id=person, service="notifications"))
        assert (await client.get(f"/api/erasures/{number}")).json()["closed_at"]
    assert await rows(database, "SELECT beneficiary_id FROM erasures") == [(None,)]
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "terminé" in (await browser.get("/effacements")).text


async def test_rule_27_erasure_is_said_with_a_tombstone_and_a_tick_in_every_partition(
    app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    before = len(await said(database))
    async with asking(app, PRESCRIBER) as client:
        await client.delete(f"/api/beneficiaries/{person}")
    assert await said(database, after=before) == [
        "beneficiary.erased.v1",
        "contact.erased.v1",
        "erasure.completed.v1",
        *["contacts.ticked.v1"] * CONTACTS.partitions,
    ]


def test_rule_26_the_slots_fall_into_every_partition_of_the_contacts() -> None:
    """As aiokafka, and Java's client, choose it."""
    partitions = [(murmur2(slot.encode()) & 0x7FFFFFFF) % CONTACTS.partitions for slot in SLOTS]
    assert sorted(partitions) == [*range(CONTACTS.partitions)]


async def test_rule_27_who_was_merged_into_the_erased_is_erased_too(
    site: Site, app: FastAPI, database: Database
) -> None:
    kept = await registered(app)
    merged = await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    async with asking(app, ADMINISTRATOR) as admin, asking(app, PRESCRIBER) as client:
        asked = {"kept_id": kept, "merged_id": merged, "reason": "date mal lue"}
        assert (await admin.post("/api/merges", json=asked)).status_code == 204
        await client.delete(f"/api/beneficiaries/{kept}")
    await hear(site, confirmed(merged))
    assert await one(database, "SELECT count(*) FROM bookings") == 0
    assert await one(database, "SELECT count(*) FROM erased") == 2


@pytest.mark.parametrize(
    ("days_ago", "gone"),
    [
        ((731, None), True),
        ((729, None), False),
        ((1100, 365), False),
        ((1500, 1100), True),
    ],
    ids=["2 years", "a day less", "an hour since", "an hour long ago"],
)
async def test_rule_27_two_years_after_the_last_hour_a_person_is_forgotten(
    app: FastAPI, database: Database, *, days_ago: tuple[int, int | None], gone: bool
) -> None:
    await registered(app)
    registered_at, hour = (days and NOW - timedelta(days) for days in days_ago)
    await change(
        database,
        "UPDATE beneficiaries SET registered_at = :registered, last_hour_on = cast(:hour AS date)",
        registered=registered_at,
        hour=hour and hour.date(),
    )
    await database.transact(lambda tx: usecases.forget_the_long_gone(tx, after=timedelta(days=730)))
    assert await one(database, "SELECT count(*) FROM beneficiaries") == (0 if gone else 1)
    assert await rows(database, "SELECT cause FROM erasures") == ([("retention",)] if gone else [])


async def test_rule_27_a_recent_book_or_a_session_to_come_keeps_the_person(
    site: Site, app: FastAPI, database: Database
) -> None:
    with_book = await registered(app)
    await prescribed(app, with_book)
    with_session = await registered(app, phone=None, channel="call", birth_date="1960-01-01")
    await hear(site, confirmed(with_session))
    await change(database, "UPDATE beneficiaries SET registered_at = now() - interval '3 years'")
    await database.transact(lambda tx: usecases.forget_the_long_gone(tx, after=timedelta(days=730)))
    assert await one(database, "SELECT count(*) FROM beneficiaries") == 2


async def test_rule_27_a_reading_without_a_reason_is_refused_by_the_database_alone(
    app: FastAPI, database: Database
) -> None:
    await page_of(app, await registered(app))
    with pytest.raises(IntegrityError, match="ck_readings_why"):
        await change(database, "UPDATE readings SET why = ''")
