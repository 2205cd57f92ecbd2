"""What is heard of a person: settled when a message arrived, and never of nobody (rules 23 and 27)."""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from chassis import erasure
from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.event import Event
from contracts.ids import BeneficiaryId, BookingId, uuid7
from contracts.notifications import NoticeDelivered, NoticeToCall
from services.prescription import usecases
from services.prescription.model import Agent, Beneficiary
from services.prescription.queries import beneficiaries
from tests.actors import PRESCRIBER
from tests.overlap import overlapping
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON, consume
from tests.prescription.steps import (
    DIGESTS,
    change,
    confirmed,
    failed,
    merge,
    notice,
    post,
    registered,
    rows,
    scalar,
    visiting,
)

NADIA = Agent("nadia", "Démo Nadia", "prescriber", PRESCRIBER.centre_id)
ASKED: dict[str, Any] = {"cause": "asked", "by": "Démo Nadia", "digests": DIGESTS}
TABLES = ("bookings", "troubled_notices", "readings")


def delivered(person: str, booking: BookingId | None = None, **more: Any) -> NoticeDelivered:
    return NoticeDelivered(delivered_at=datetime.now(UTC), **notice(person, booking, channel="call", **more))


def to_call(person: str, booking: BookingId | None = None) -> NoticeToCall:
    return NoticeToCall(reason="aucun moyen", **notice(person, booking))


async def troubles(database: Database) -> int:
    return int(await scalar(database, "SELECT count(*) FROM troubled_notices"))


async def test_a_message_that_arrived_settles_what_had_not_of_the_same_kind_and_session(
    site: Site, app: FastAPI, database: Database
) -> None:
    person, other = await registered(app), await registered(app, phone=None, channel="call", birth_date="1960-01-01")
    booking, second = BookingId(uuid7()), BookingId(uuid7())
    await consume(
        site, failed(person, booking), to_call(person, booking), failed(person, second), failed(other, booking)
    )
    await consume(site, failed(person, kind="book_prescribed"))
    await consume(site, delivered(person, booking), delivered(person, kind="book_expiring"))
    left = await rows(database, "SELECT beneficiary_id, booking_id, kind FROM troubled_notices")
    assert {(str(who), which, kind) for who, which, kind in left} == {
        (person, second, "reminder_48h"),
        (other, booking, "reminder_48h"),
        (person, None, "book_prescribed"),
    }
    await consume(site, delivered(person, kind="book_prescribed"), delivered(person, second))
    async with visiting(app) as browser:
        assert "Messages qui ne sont pas arrivés" not in (await browser.get(f"/habitants/{person}")).text


async def test_in_one_batch_only_the_trouble_before_an_arrival_is_settled(
    site: Site, app: FastAPI, database: Database
) -> None:
    person, booking = await registered(app), BookingId(uuid7())
    await consume(site, failed(person, booking), delivered(person, booking))
    assert await troubles(database) == 0
    await consume(site, delivered(person, booking), failed(person, booking))
    assert await troubles(database) == 1


async def test_what_arrived_under_a_merged_id_settles_too(site: Site, app: FastAPI, database: Database) -> None:
    survivor, merged = await registered(app), await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    await consume(site, failed(merged))
    await merge(app, survivor, merged)
    assert await troubles(database) == 1
    await consume(site, delivered(merged))
    assert await troubles(database) == 0


def news_of(person: str) -> list[Event]:
    return [confirmed(person), failed(person)]


@pytest.mark.parametrize("number", [0, 1], ids=["a place", "a message"])
async def test_rule_27_news_heard_while_a_person_is_erased_leaves_nothing(
    site: Site, app: FastAPI, database: Database, number: int
) -> None:
    person = await registered(app)
    erase = partial(usecases.erase, beneficiary_id=BeneficiaryId(UUID(person)), **ASKED)
    await overlapping(database, erase, consume(site, news_of(person)[number]))
    assert [await scalar(database, f"SELECT count(*) FROM {table}") for table in TABLES] == [0, 0, 0]  # noqa: S608
    assert await scalar(database, "SELECT count(*) FROM parked") == 0


async def unlocked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Beneficiary]:
    return {person.id: person for person in await tx.scalars(select(Beneficiary).where(Beneficiary.id.in_(ids)))}


async def test_without_the_lock_the_turns_and_the_key_news_of_the_erased_would_stay(
    site: Site, app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    person = await registered(app)
    await change(database, "ALTER TABLE bookings DROP CONSTRAINT fk_bookings_beneficiary_id")
    monkeypatch.setattr(beneficiaries, "people_for_update", unlocked)
    monkeypatch.setattr(erasure, "TURNS", text("SELECT CAST(:slots AS int[]), CAST(:forgets AS bool[])"))
    erase = partial(usecases.erase, beneficiary_id=BeneficiaryId(UUID(person)), **ASKED)
    await overlapping(database, erase, consume(site, confirmed(person)))
    assert await scalar(database, "SELECT count(*) FROM bookings") == 1


@pytest.mark.parametrize("number", [0, 1], ids=["a place", "a message"])
async def test_rule_5_news_heard_while_two_records_are_merged_is_of_the_one_that_is_kept(
    site: Site, app: FastAPI, database: Database, number: int
) -> None:
    survivor, merged = await registered(app), await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    first, second = BeneficiaryId(UUID(survivor)), BeneficiaryId(UUID(merged))
    merging = partial(usecases.merge, survivor_id=first, merged_id=second, reason="date mal lue", by=NADIA)
    await overlapping(database, merging, consume(site, news_of(merged)[number]))
    owner = await scalar(database, f"SELECT beneficiary_id FROM {TABLES[number]}")  # noqa: S608
    assert str(owner) == survivor


async def test_rule_27_a_reading_while_a_person_is_erased_leaves_nothing(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    erase = partial(usecases.erase, beneficiary_id=BeneficiaryId(UUID(person)), **ASKED)

    async def opened() -> None:
        async with visiting(app) as browser:
            assert (await browser.get(f"/habitants/{person}")).status_code == 404
        async with visiting(app, OTHER_PRESCRIBER) as browser:
            assert (await browser.get(f"/habitants/{person}")).status_code == 404

    await overlapping(database, erase, opened())
    assert await scalar(database, "SELECT count(*) FROM readings") == 0


async def test_rule_27_what_is_heard_of_nobody_is_not_kept(site: Site, app: FastAPI, database: Database) -> None:
    await registered(app)
    stranger = str(uuid7())
    await consume(site, confirmed(stranger))
    await consume(site, failed(stranger), delivered(stranger))
    assert [await scalar(database, f"SELECT count(*) FROM {table}") for table in TABLES] == [0, 0, 0]  # noqa: S608


async def test_rule_27_a_question_about_a_person_who_is_erased_meanwhile_is_not_kept(
    app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    erase = partial(usecases.erase, beneficiary_id=BeneficiaryId(UUID(person)), **ASKED)
    await overlapping(
        database, erase, post(app, "/api/prescription/claims", {**PERSON, "phone": None, "channel": "call"})
    )
    assert await scalar(database, "SELECT count(*) FROM doubles") == 0


@pytest.mark.parametrize("table", TABLES)
async def test_rule_27_a_row_of_nobody_is_refused_by_the_database_alone(
    site: Site, app: FastAPI, database: Database, table: str
) -> None:
    person = await registered(app)
    for event in news_of(person):
        await consume(site, event)
    async with visiting(app) as browser:
        await browser.get(f"/habitants/{person}")
    with pytest.raises(IntegrityError, match=f"fk_{table}_beneficiary_id"):
        await change(database, f"UPDATE {table} SET beneficiary_id = :id", id=uuid4())  # noqa: S608
