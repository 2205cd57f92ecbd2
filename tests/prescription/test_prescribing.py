"""Rules 1 and 3: books of five, one at a time, eight in a life; who prescribes, and what is kept of it."""

import asyncio
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.db import Database, Transaction
from chassis.refusal import Refusal
from chassis.site import Site
from contracts.ids import BeneficiaryId, PrescriberId
from services.prescription import queries, usecases
from services.prescription.model import Beneficiary, Prescriber
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.steps import (
    FRESH,
    change,
    post,
    prescribed,
    published,
    registered,
    rows,
    scalar,
    sent,
    used_up,
    visiting,
)

A_BOOK = """
    INSERT INTO books
    SELECT gen_random_uuid(), beneficiary_id, :rank, gen_random_uuid()::text, 'active', centre_id, prescriber_id,
        prescribed_at, expires_on, need, audiences, available, held, consumed, void, expired, false, true, epci
    FROM books LIMIT 1
"""


async def test_rule_1_a_book_of_five_is_prescribed_and_said(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    assert (book["rank"], book["available"], len({voucher["code"] for voucher in book["vouchers"]})) == (1, 5, 5)
    assert await published(database, after=2) == [
        "beneficiary.registered.v2",
        "contact.stated.v1",
        "book.prescribed.v2",
        "contact.stated.v1",
    ]


async def many_at_once(database: Database, person: str, attempts: int, at_once: int = 40) -> list[bool]:
    """As many tries for one person, on as many connections as the pool gives: which of them got a book."""
    turn = asyncio.Semaphore(at_once)

    async def prescribe() -> bool:
        async with turn:
            try:
                await database.transact(
                    lambda tx: usecases.prescribe(
                        tx,
                        BeneficiaryId(UUID(person)),
                        usecases.Wish("farm"),
                        by=PRESCRIBER.prescriber_id,
                        news=FRESH,
                    )
                )
            except (Refusal, IntegrityError):
                return False
            return True

    return [*await asyncio.gather(*(prescribe() for _ in range(attempts)))]


@pytest.mark.usefixtures("patient")
async def test_rule_1_a_thousand_prescriptions_at_once_give_one_book(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    assert sum(await many_at_once(database, person, 1000)) == 1
    assert await scalar(database, "SELECT count(*) FROM books") == 1


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks the person, and nobody goes on before two have read their books."""
    read: list[PrescriberId | None] = []
    two, prescriber = asyncio.Event(), queries.prescriber

    async def person(tx: Transaction, beneficiary_id: BeneficiaryId) -> Beneficiary:
        return (await tx.scalars(select(Beneficiary).where(Beneficiary.id == beneficiary_id))).one()

    async def after_the_books(tx: Transaction, by: PrescriberId | None) -> Prescriber:
        read.append(by)
        if len(read) > 1:
            two.set()
        await two.wait()
        return await prescriber(tx, by)

    monkeypatch.setattr(queries, "person_for_update", person)
    monkeypatch.setattr(queries, "prescriber", after_the_books)


@pytest.mark.usefixtures("patient")
async def test_without_the_lock_the_database_still_lets_one_book_in(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await registered(app)
    without_the_lock(monkeypatch)
    assert sum(await many_at_once(database, person, 100)) == 1


@pytest.mark.usefixtures("patient")
async def test_without_the_lock_and_the_constraints_one_person_gets_several_books(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    await change(database, "ALTER TABLE books DROP CONSTRAINT books_rank, DROP CONSTRAINT books_current")
    person = await registered(app)
    without_the_lock(monkeypatch)
    assert sum(await many_at_once(database, person, 100)) > 1


async def test_rule_1_the_ninth_book_is_refused_by_the_model(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    await used_up(site, app, person, 8)
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert (refused.status_code, "c'est le maximum" in refused.json()["detail"]) == (409, True)


async def test_rule_1_the_ninth_book_is_refused_by_the_database_alone(app: FastAPI, database: Database) -> None:
    await prescribed(app, await registered(app))
    for rank in range(2, 9):
        await change(database, A_BOOK, rank=rank)
    with pytest.raises(IntegrityError, match="ck_books_lifetime"):
        await change(database, A_BOOK, rank=9)
    with pytest.raises(IntegrityError, match="books_rank"):
        await change(database, A_BOOK, rank=8)


async def test_rule_1_a_book_has_five_vouchers_says_the_database(app: FastAPI, database: Database) -> None:
    await prescribed(app, await registered(app))
    with pytest.raises(IntegrityError, match="ck_books_five"):
        await change(database, "UPDATE books SET available = 6")
    with pytest.raises(IntegrityError, match="ck_vouchers_five"):
        await change(database, "UPDATE vouchers SET position = 6 WHERE position = 5")


async def test_rule_3_every_prescription_records_who_where_when_why(app: FastAPI, database: Database) -> None:
    await prescribed(app, await registered(app))
    row = (await rows(database, "SELECT prescriber_id, centre_id, need, audiences, prescribed_at FROM books"))[0]
    assert (row[0], row[1], row[2], row[3]) == (PRESCRIBER.prescriber_id, PRESCRIBER.centre_id, "farm", ["senior"])
    assert row[4].tzinfo


@pytest.mark.parametrize("how", ["prescriber", "centre"])
async def test_rule_3_only_an_active_prescriber_of_an_open_centre_prescribes(app: FastAPI, how: str) -> None:
    person = await registered(app)
    async with asking(app, ADMINISTRATOR) as admin, visiting(app, ADMINISTRATOR) as browser:
        if how == "prescriber":
            stopped = {"centre_id": str(PRESCRIBER.centre_id), "name": "Démo Nadia", "active": False}
            await admin.put(f"/api/prescription/prescribers/{PRESCRIBER.prescriber_id}", json=stopped)
        else:
            await sent(browser, f"/centres/{PRESCRIBER.centre_id}", f"/centres/{PRESCRIBER.centre_id}/fermer")
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.status_code == 403
    assert "n'est plus actif" in refused.json()["detail"]


async def test_a_centre_that_opens_again_prescribes_again(app: FastAPI, database: Database) -> None:
    async with visiting(app, ADMINISTRATOR) as browser:
        address = f"/centres/{PRESCRIBER.centre_id}"
        await sent(browser, address, f"{address}/fermer")
        form = {"name": "Centre social de Crest", "kind": "social_centre", "commune_insee": "26108", "phone": ""}
        await sent(browser, address, address, **form)
    assert (await published(database))[-2:] == ["centre.closed.v1", "centre.changed.v1"]
    assert (await prescribed(app, await registered(app)))["rank"] == 1
