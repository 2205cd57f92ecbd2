"""Rule 27: a person is forgotten, on demand or in time, and nothing of them is left."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingErasureCompleted
from contracts.catalogue import CatalogueErasureCompleted
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut, NotificationsErasureCompleted
from contracts.topics import CONTACTS
from services.prescription import usecases
from services.prescription.usecases import Wish
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.interleaving import begun, uncommitted
from tests.prescription.conftest import consume, record
from tests.prescription.steps import (
    DIGESTS,
    FRESH,
    NOW,
    change,
    confirmed,
    erased,
    failed,
    merge,
    page_of,
    places_of,
    prescribed,
    published,
    registered,
    rows,
    scalar,
    use,
    visiting,
    wallet,
)


async def lived(site: Site, app: FastAPI) -> str:
    """A person with all that a record may have."""
    person = await registered(app, email="demo.jeanne@exemple.invalid")
    book = await prescribed(app, person)
    booking = confirmed(person)
    await consume(site, booking, wallet(person, 1, use(book["id"], available=4, consumed=1), first=NOW.date()))
    await consume(site, failed(person, booking.booking_id))
    await page_of(app, person)
    return person


async def test_rule_27_nothing_of_the_erased_is_left_and_late_news_brings_nothing_back(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await lived(site, app)
    values = ("Dubœuf", "duboeuf", "+33639981234", "demo.jeanne", "1951-03-02")
    assert len(await places_of(database, *values)) > 5, "the scan sees them while they are there"
    await erased(app, person)
    await change(database, "DELETE FROM outbox WHERE body IS NOT NULL")  # as the relay does once Kafka has it
    await consume(site, confirmed(person), wallet(person, 2))
    await consume(site, ContactOptedOut(beneficiary_id=BeneficiaryId(UUID(person)), channel="sms"))
    assert await places_of(database, *values) == []
    assert {where.partition(":")[0] for where in await places_of(database, person)} == {"outbox", "erasures"}
    assert await scalar(database, "SELECT count(*) FROM past_readings") > 0, "who read, and when, stays"


async def test_rule_27_the_request_closes_when_all_four_have_answered(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await lived(site, app)))
    async with asking(app, PRESCRIBER) as client:
        number = await erased(app, str(person))
        await consume(site, BookingErasureCompleted(beneficiary_id=person, service="booking"))
        await consume(site, CatalogueErasureCompleted(beneficiary_id=person, service="catalogue"))
        waiting = (await client.get(f"/api/prescription/erasures/{number}")).json()
        assert (waiting["closed_at"], waiting["answers"]["notifications"]) == (None, None)
        for _ in range(2):
            await consume(site, NotificationsErasureCompleted(beneficiary_id=person, service="notifications"))
        assert (await client.get(f"/api/prescription/erasures/{number}")).json()["closed_at"]
    assert await rows(database, "SELECT beneficiary_id FROM erasures") == [(None,)]
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "terminé" in (await browser.get("/effacements")).text


async def test_rule_27_erasure_is_said_with_a_tombstone_and_a_tick_in_every_partition(
    app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    before = len(await published(database))
    await erased(app, person)
    assert await published(database, after=before) == [
        "beneficiary.erased.v1",
        "contact.erased.v1",
        "erasure.completed.v1",
        *["contacts.ticked.v1"] * CONTACTS.partitions,
    ]


@pytest.mark.parametrize("under", ["the survivor's id", "the merged id"])
async def test_rule_27_who_was_merged_into_the_erased_is_erased_too(
    site: Site, app: FastAPI, database: Database, under: str
) -> None:
    survivor = await registered(app)
    merged = await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    assert (await merge(app, survivor, merged)).status_code == 204
    await erased(app, survivor if under == "the survivor's id" else merged)
    await consume(site, confirmed(merged))
    assert await scalar(database, "SELECT count(*) FROM bookings") == 0
    assert await scalar(database, "SELECT count(*) FROM erased") == 2


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
    await database.transact(lambda tx: usecases.forget_the_long_gone(tx, after=timedelta(days=730), digests=DIGESTS))
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == (0 if gone else 1)
    assert await rows(database, "SELECT cause FROM erasures") == ([("retention",)] if gone else [])


async def test_rule_27_a_recent_book_or_a_session_to_come_keeps_the_person(
    site: Site, app: FastAPI, database: Database
) -> None:
    with_book = await registered(app)
    await prescribed(app, with_book)
    with_session = await registered(app, phone=None, channel="call", birth_date="1960-01-01")
    await consume(site, confirmed(with_session))
    await change(database, "UPDATE beneficiaries SET registered_at = now() - interval '3 years'")
    await database.transact(lambda tx: usecases.forget_the_long_gone(tx, after=timedelta(days=730), digests=DIGESTS))
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 2


async def test_core_15_news_that_is_parked_while_the_person_is_erased_is_gone_too(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await registered(app)))
    intake = site.runtime.consumers["booking.events"].intake
    unreadable = record(confirmed(str(person)))
    unreadable.value = b"{"
    _, faulty, _ = intake._parse([unreadable])
    erase = partial(usecases.erase, beneficiary_id=person, cause="asked", by="an agent", digests=DIGESTS)
    async with uncommitted(database, lambda tx: intake._batch(tx, [], faulty, intake._apply)):
        erasing = await begun(database, database.transact(erase), 1)
        assert not erasing.done()
    await erasing
    assert await scalar(database, "SELECT count(*) FROM parked") == 0
    await intake.apply([unreadable])
    assert await scalar(database, "SELECT count(*) FROM parked") == 0


async def test_core_15_who_is_prescribed_a_book_while_the_long_gone_are_forgotten_stays(
    app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await registered(app)))
    await change(database, "UPDATE beneficiaries SET registered_at = now() - interval '3 years'")
    forget = partial(usecases.forget_the_long_gone, after=timedelta(days=730), digests=DIGESTS)
    prescribe = partial(usecases.prescribe, beneficiary_id=person, wish=Wish("farm"), by=PRESCRIBER.prescriber_id)
    async with uncommitted(database, partial(prescribe, news=FRESH)):
        forgetting = await begun(database, database.transact(forget), 1)
        assert not forgetting.done()
    await forgetting
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 1
