"""Rules 1, 2, 6, 7 and 8: books, one after the other, eight in a life."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from chassis.db import Database, Transaction
from chassis.refusal import Refusal
from chassis.site import Site
from contracts.booking import BookingAttended, BookingMissed
from contracts.ids import BeneficiaryId, BookId
from contracts.words import Actor
from services.prescription import queries, usecases
from services.prescription.model import Agent, Beneficiary, News, codes
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import hear, news
from tests.prescription.desk import (
    Json,
    answer,
    change,
    confirmed,
    one,
    post,
    prescribed,
    registered,
    rows,
    said,
    sent,
    use,
    used_up,
    visiting,
    waiting_for,
    wallet,
)

NOW = datetime.now(UTC)
FRESH = News(NOW, timedelta(minutes=2), NOW)
A_BOOK = """
    INSERT INTO books
    SELECT gen_random_uuid(), beneficiary_id, :rank, gen_random_uuid()::text, 'active', centre_id, prescriber_id,
        prescribed_at, expires_on, need, audiences, available, held, consumed, void, expired, false, true, epci
    FROM books LIMIT 1
"""


async def test_rule_1_a_book_of_five_is_prescribed_and_said(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    assert (book["rank"], book["available"], len({one["code"] for one in book["vouchers"]})) == (1, 5, 5)
    assert await said(database, after=2) == [
        "beneficiary.registered.v1",
        "contact.stated.v1",
        "book.prescribed.v1",
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


async def test_rule_1_a_thousand_prescriptions_at_once_give_one_book(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    assert sum(await many_at_once(database, person, 1000)) == 1
    assert await one(database, "SELECT count(*) FROM books") == 1


def unlocked() -> Callable[[Transaction, BeneficiaryId], Awaitable[Beneficiary]]:
    """Reads without a lock; nobody goes on before two have read."""
    read: list[BeneficiaryId] = []
    two = asyncio.Event()

    async def person(tx: Transaction, beneficiary_id: BeneficiaryId) -> Beneficiary:
        found = (await tx.scalars(select(Beneficiary).where(Beneficiary.id == beneficiary_id))).one()
        read.append(beneficiary_id)
        if len(read) > 1:
            two.set()
        await two.wait()
        return found

    return person


async def test_without_the_lock_the_database_still_lets_one_book_in(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "person_locked", unlocked())
    person = await registered(app)
    assert sum(await many_at_once(database, person, 100)) == 1


async def test_without_the_lock_and_the_constraints_one_person_gets_several_books(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    monkeypatch.setattr(queries, "person_locked", unlocked())
    await change(database, "ALTER TABLE books DROP CONSTRAINT books_rank, DROP CONSTRAINT books_current")
    person = await registered(app)
    assert sum(await many_at_once(database, person, 100)) > 1


async def test_rule_1_the_ninth_book_is_refused_by_the_model(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    await used_up(site, app, person, 8)
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
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


@pytest.mark.parametrize(("available", "sentence"), [(1, "encore 1 chèque à"), (2, "encore 2 chèques à")])
async def test_rule_2_a_second_book_waits_until_the_first_is_used_up(
    site: Site, app: FastAPI, available: int, sentence: str
) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await hear(site, wallet(person, 1, use(book, available=available, held=5 - available)))
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert (refused.status_code, sentence in refused.json()["detail"]) == (409, True)


async def test_rule_2_used_up_is_all_booked_or_followed(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await hear(site, wallet(person, 1, use(book, held=2, consumed=3)))
    assert (await prescribed(app, person))["rank"] == 2


@pytest.mark.parametrize(
    ("age", "sentence"), [(None, "aucune nouvelle"), (timedelta(minutes=3), "dernières nouvelles de la réservation à")]
)
async def test_rule_2_when_the_news_is_old_the_answer_is_a_refusal_that_says_so(
    site: Site, app: FastAPI, age: timedelta | None, sentence: str
) -> None:
    person = await registered(app)
    await used_up(site, app, person, 1)
    news(site, age)
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed")
    assert sentence in refused.json()["detail"]
    async with visiting(app) as browser:
        page = (await browser.get(f"/habitants/{person}")).text
        assert sentence in page
        assert "Prescrire 5 heures" not in page


async def test_rule_2_the_first_book_needs_no_news(site: Site, app: FastAPI) -> None:
    news(site, None)
    assert (await prescribed(app, await registered(app)))["rank"] == 1


async def test_rule_2_an_older_telling_changes_nothing(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await hear(site, wallet(person, 2, use(book, available=5)), wallet(person, 1, use(book, consumed=5)))
    assert await one(database, "SELECT available FROM books") == 5


@given(st.sampled_from(["swap", "wrong", "missing", "twice"]), st.integers(0, 10))
def test_rule_6_a_mistyped_code_is_seen_and_the_right_one_is_among_the_suggestions(slip: str, at: int) -> None:
    code = codes.new_code(codes.VOUCHER_LENGTH)
    bare = code.replace("-", "")
    mistyped = {
        "swap": bare[:at] + bare[at + 1] + bare[at] + bare[at + 2 :],
        "wrong": bare[:at] + ("3" if bare[at] == "2" else "2") + bare[at + 1 :],
        "missing": bare[:at] + bare[at + 1 :],
        "twice": bare[:at] + bare[at] + bare[at:],
    }[slip]
    assert mistyped == bare or code in codes.nearly(mistyped)
    assert codes.is_valid(code)
    if slip == "wrong":
        assert not codes.is_valid(mistyped)


def test_rule_6_codes_have_no_look_alikes_and_are_never_the_same_twice() -> None:
    made = {codes.new_code(codes.VOUCHER_LENGTH) for _ in range(5000)}
    assert len(made) == 5000
    assert not set("".join(made)) & set("01OILU")


async def test_rule_6_a_mistyped_code_suggests_the_likely_one(app: FastAPI) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    code = book["vouchers"][2]["code"]
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    async with visiting(app) as browser:
        exact = (await browser.get("/", params={"q": code.replace("-", " ").lower()})).text
        near = (await browser.get("/", params={"q": wrong})).text
        by_book = (await browser.get("/", params={"q": book["reference"]})).text
    assert "Dubœuf" in exact
    assert "Vouliez-vous" not in exact
    assert "Dubœuf" in near
    assert f"<code>{code}</code>" in near
    assert "Dubœuf" in by_book


@pytest.mark.parametrize("size", ["a4", "cheque"])
async def test_rule_6_the_printed_book_is_a_tagged_pdf_in_french(app: FastAPI, size: str) -> None:
    book = await prescribed(app, await registered(app))
    async with visiting(app) as browser:
        pdf = await browser.get(f"/chequiers/{book['id']}.pdf?taille={size}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF-1.")
    for mark in (b"/StructTreeRoot", b"pdfuaid", b"/Lang(fr"):
        assert mark in pdf.content, mark


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
    ((told,),) = await rows(
        database, "SELECT convert_from(body, 'utf8') FROM outbox WHERE headers->>'ce_type' = 'book.cancelled.v1'"
    )
    assert '"kind":"prescriber"' in told
    assert "erreur de saisie" in told
    assert "deux fois" not in told, "a free text may name somebody: it stays here"
    waits = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
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
        await hear(site, wallet(person, number, *(use(book, consumed=5) for book in books)))
    ranks = [rank for (rank,) in await rows(database, "SELECT rank FROM books WHERE state = 'active' ORDER BY rank")]
    assert ranks == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_rules_1_and_7_an_hour_booked_while_the_book_is_cancelled_keeps_the_book_and_its_place(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking voids four vouchers; the fifth is held, and followed later: the book gave an hour."""
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await cancelling(app, book, person)
    booking = confirmed(person, (str(await one(database, "SELECT id FROM vouchers WHERE position = 1")),))
    await hear(site, booking, wallet(person, 1, use(book, available=4, held=1)))
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed"), "the place is not given away meanwhile"
    before = len(await said(database))
    await answer(site, wallet(person, 2, use(book, held=1, void=4)))
    assert await rows(database, "SELECT state, current, rank FROM books") == [("active", True, 1)]
    assert await rows(database, "SELECT done FROM changes") == [(False,)]
    states = await rows(database, "SELECT state FROM vouchers ORDER BY position")
    assert [state for (state,) in states] == ["held", *["void"] * 4]
    assert await said(database, after=before) == ["contact.stated.v1"], "its reference is printed and in use"
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
    await hear(site, wallet(person, 1, use(book, **state)))
    refused = await cancelling(app, book, person)
    assert refused.status_code == 409
    assert sentence in refused.text.replace("&#39;", "'")


async def followed_once(site: Site, app: FastAPI, database: Database) -> tuple[str, Json, str]:
    """A person, their book, and the voucher of the hour they followed."""
    person = await registered(app)
    book = await prescribed(app, person)
    voucher = str(await one(database, "SELECT id FROM vouchers WHERE position = 1"))
    booking = confirmed(person, (voucher,))
    ids = {"booking_id": booking.booking_id, "session_id": booking.session_id, "beneficiary_id": booking.beneficiary_id}
    attended = BookingAttended(vouchers_consumed=1, on=NOW.date(), **ids)
    await hear(site, booking, attended, wallet(person, 1, use(book["id"], available=4, consumed=1)))
    return person, book, voucher


async def test_rule_7_an_hour_is_given_back_when_booking_has_confirmed_it(
    site: Site, app: FastAPI, database: Database
) -> None:
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present", "note": ""}
        page = await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
        assert "en attente de confirmation" in page.text
        thread = await one(database, "SELECT thread FROM changes")
        refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
        assert refused.status_code == 409
        await hear(site, wallet(person, 2, use(book["id"], available=5)), thread=thread)
        assert "en attente de confirmation" not in (await browser.get(f"/habitants/{person}")).text
    assert await one(database, "SELECT state FROM vouchers WHERE position = 1") == "available"
    assert "book.corrected.v1" in await said(database)


async def test_rule_7_a_correction_that_came_too_late_is_told_as_such(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking leaves a voucher that has moved on meanwhile as it is, and says so by telling the same again."""
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present"}
        await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
        thread = await one(database, "SELECT thread FROM changes")
        await hear(site, wallet(person, 2, use(book["id"], available=4, consumed=1)), thread=thread)
        assert "pas fait" in (await browser.get(f"/habitants/{person}")).text
    assert await one(database, "SELECT state FROM vouchers WHERE position = 1") == "consumed"


async def test_rule_7_news_of_another_thread_confirms_nothing(site: Site, app: FastAPI, database: Database) -> None:
    """The control: only booking's own answer counts. Until then no further book, however used up this one looks."""
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present"}
        await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
    await hear(site, wallet(person, 2, use(book["id"], held=4, consumed=1)))
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed")


async def test_rule_7_a_voucher_is_corrected_only_from_where_it_is(
    site: Site, app: FastAPI, database: Database
) -> None:
    person, book, voucher = await followed_once(site, app, database)
    address = f"/chequiers/{book['id']}/corriger"
    wrong = {"kind": "voided", "reason": "lost"}
    async with visiting(app) as browser:
        refused = await sent(browser, f"/habitants/{person}", address, voucher_id=voucher, **wrong)
        stranger = await sent(browser, f"/habitants/{person}", address, voucher_id=person, **wrong)
    assert refused.status_code == 409
    assert "rendez-la d'abord" in refused.text.replace("&#39;", "'")
    assert stranger.status_code == 404


async def test_an_attendance_corrected_later_takes_the_hour_away(site: Site, app: FastAPI, database: Database) -> None:
    person, _, _ = await followed_once(site, app, database)
    booking = (await rows(database, "SELECT id, session_id FROM bookings"))[0]
    missed = BookingMissed(
        booking_id=booking.id,
        session_id=booking.session_id,
        beneficiary_id=BeneficiaryId(UUID(person)),
        vouchers_consumed=0,
        absences=1,
        on=NOW.date(),
    )
    assert await one(database, "SELECT sum(hours) FROM bookings") == 1
    await hear(site, missed)
    assert await one(database, "SELECT sum(hours) FROM bookings") == 0
    assert await one(database, "SELECT state FROM vouchers WHERE position = 1") == "available"


async def test_rule_8_by_default_a_book_never_ends(app: FastAPI, database: Database) -> None:
    await prescribed(app, await registered(app))
    await database.transact(usecases.end_books)
    assert await rows(database, "SELECT state, expires_on FROM books") == [("active", None)]


@pytest.mark.parametrize(("days", "state"), [(0, "active"), (1, "expired")])
async def test_rule_8_a_book_ends_the_day_after_its_last(
    app: FastAPI, database: Database, days: int, state: str
) -> None:
    await prescribed(app, await registered(app))
    await change(
        database,
        "UPDATE books SET expires_on = (now() AT TIME ZONE 'Europe/Paris')::date - cast(:days AS int)",
        days=days,
    )
    for _ in range(2):
        await database.transact(usecases.end_books)
    assert await one(database, "SELECT state FROM books") == state
    assert (await said(database)).count("book.expired.v1") == days


async def test_rule_8_a_book_that_ends_while_it_is_cancelled_stays_cancelled(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = BookId(UUID((await prescribed(app, person))["id"]))
    await change(database, "UPDATE books SET expires_on = current_date - 2")
    nadia = Agent("nadia", "Démo Nadia", "prescriber")
    decided = usecases.Decided("mistake", "", nadia, Actor(kind="prescriber"))
    cancel = partial(usecases.cancel_book, book_id=book, decided=decided, news=FRESH)
    await waiting_for(database, cancel, database.transact(usecases.end_books))
    assert await one(database, "SELECT state FROM books") == "cancelled"
    assert "book.expired.v1" not in await said(database)


async def test_rule_7_a_book_that_has_just_ended_is_not_cancelled(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await change(database, "UPDATE books SET expires_on = current_date - 2")
    cancel = post(app, f"/api/books/{book}/cancellation", {"reason": "gone"})
    await waiting_for(database, usecases.end_books, cancel)
    assert await one(database, "SELECT state FROM books") == "expired"
    assert "book.cancelled.v1" not in await said(database)


async def test_rule_8_validity_is_a_setting(app: FastAPI, database: Database) -> None:
    app.state.settings = app.state.settings.model_copy(update={"validity": timedelta(days=365)})
    await prescribed(app, await registered(app))
    assert await one(database, "SELECT expires_on - prescribed_at::date FROM books") in {365, 366}


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
            await admin.put(f"/api/prescribers/{PRESCRIBER.prescriber_id}", json=stopped)
        else:
            await sent(browser, f"/centres/{PRESCRIBER.centre_id}", f"/centres/{PRESCRIBER.centre_id}/fermer")
    refused = await post(app, f"/api/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.status_code == 403
    assert "n'est plus actif" in refused.json()["detail"]


async def test_a_centre_that_opens_again_prescribes_again(app: FastAPI, database: Database) -> None:
    async with visiting(app, ADMINISTRATOR) as browser:
        address = f"/centres/{PRESCRIBER.centre_id}"
        await sent(browser, address, f"{address}/fermer")
        form = {"name": "Centre social de Crest", "kind": "social_centre", "commune_insee": "26108", "phone": ""}
        await sent(browser, address, address, **form)
    assert (await said(database))[-2:] == ["centre.closed.v1", "centre.changed.v1"]
    assert (await prescribed(app, await registered(app)))["rank"] == 1


async def test_rule_7_the_api_cancels_and_corrects_too(site: Site, app: FastAPI, database: Database) -> None:
    person, book, voucher = await followed_once(site, app, database)
    wrong = {"voucher_id": voucher, "kind": "given_back", "reason": "mistake"}
    asked = await post(app, f"/api/books/{book['id']}/corrections", wrong, key="one")
    again = await post(app, f"/api/books/{book['id']}/corrections", wrong, key="one")
    assert (asked.status_code, asked.json()["awaits_answer"], again.json()) == (202, True, asked.json())
    assert await one(database, "SELECT count(*) FROM changes") == 1
    await hear(
        site, wallet(person, 2, use(book["id"], available=5)), thread=await one(database, "SELECT thread FROM changes")
    )
    cancelled = await post(app, f"/api/books/{book['id']}/cancellation", {"reason": "gone"})
    assert (cancelled.status_code, cancelled.json()["state"]) == (201, "cancelled")
