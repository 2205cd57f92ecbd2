"""Rules 1 and 7: a book is cancelled while nothing of it serves, and gives its place back."""

from typing import Any

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from services.prescription import usecases
from tests.overlap import overlapping
from tests.prescription.conftest import consume
from tests.prescription.steps import (
    answer,
    change,
    confirmed,
    post,
    prescribed,
    published,
    registered,
    rows,
    scalar,
    sent,
    use,
    visiting,
    wallet,
)


async def cancelling(app: FastAPI, book: str, person: str, **why: str) -> Any:
    async with visiting(app) as browser:
        fields = {"reason": "mistake", "note": "prescrit deux fois", **why}
        return await sent(browser, f"/habitants/{person}", f"/chequiers/{book}/annuler", **fields)


async def test_rule_7_a_book_is_cancelled_with_a_reason_and_its_author_and_another_may_follow(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    page = await cancelling(app, book, person)
    assert "est annulé" in page.text
    assert "prescrit deux fois" in page.text
    ((body,),) = await rows(
        database, "SELECT convert_from(body, 'utf8') FROM outbox WHERE headers->>'ce_type' = 'book.cancelled.v2'"
    )
    assert '"kind":"prescriber"' in body
    assert "erreur de saisie" in body
    assert "deux fois" not in body, "a free text may name somebody: it stays here"
    waits = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert waits.json()["type"].endswith("use-not-confirmed")
    await answer(site, wallet(person, 1, use(book, void=5)))
    assert (await prescribed(app, person))["rank"] == 2


async def test_rule_7_a_cancelled_book_does_not_count_among_the_eight(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    gone = (await prescribed(app, person))["id"]
    await cancelling(app, gone, person)
    await answer(site, wallet(person, 1, use(gone, void=5)))
    for number in range(2, 10):
        await prescribed(app, person)
        books = [str(book) for (book,) in await rows(database, "SELECT id FROM books WHERE state = 'active'")]
        await consume(site, wallet(person, number, *(use(book, consumed=5) for book in books)))
    ranks = [rank for (rank,) in await rows(database, "SELECT rank FROM books WHERE state = 'active' ORDER BY rank")]
    assert ranks == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_rules_1_and_7_an_hour_booked_while_the_book_is_cancelled_keeps_the_book_and_its_place(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking voids four vouchers; the fifth is held, and followed later: the book gave an hour."""
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await cancelling(app, book, person)
    booking = confirmed(person, (str(await scalar(database, "SELECT id FROM vouchers WHERE position = 1")),))
    await consume(site, booking, wallet(person, 1, use(book, available=4, held=1)))
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed"), "the place is not given away meanwhile"
    before = len(await published(database))
    await answer(site, wallet(person, 2, use(book, held=1, void=4)))
    assert await rows(database, "SELECT state, current, rank FROM books") == [("active", True, 1)]
    assert await rows(database, "SELECT done FROM changes") == [(False,)]
    states = await rows(database, "SELECT state FROM vouchers ORDER BY position")
    assert [state for (state,) in states] == ["held", *["void"] * 4]
    assert await published(database, after=before) == ["contact.stated.v1"], "its reference is printed and in use"
    async with visiting(app) as browser:
        page = (await browser.get(f"/habitants/{person}")).text.replace("&#39;", "'")
    assert "pas fait : une heure venait d'être réservée" in page
    assert (await prescribed(app, person))["rank"] == 2


@pytest.mark.parametrize(
    ("state", "sentence"),
    [({"consumed": 1, "available": 4}, "1 heure suivie"), ({"held": 1, "available": 4}, "annulez d'abord les séances")],
)
async def test_rule_7_a_book_that_serves_is_not_cancelled(
    site: Site, app: FastAPI, state: dict[str, int], sentence: str
) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await consume(site, wallet(person, 1, use(book, **state)))
    refused = await cancelling(app, book, person)
    assert refused.status_code == 409
    assert sentence in refused.text.replace("&#39;", "'")


async def test_rule_7_a_book_that_has_just_ended_is_not_cancelled(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await change(database, "UPDATE books SET expires_on = current_date - 2")
    cancel = post(app, f"/api/prescription/books/{book}/cancellation", {"reason": "gone"})
    await overlapping(database, usecases.end_books, cancel)
    assert await scalar(database, "SELECT state FROM books") == "expired"
    assert "book.cancelled.v2" not in await published(database)
