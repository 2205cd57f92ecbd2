"""Rule 5: the books and hours of two records become one history, within the eight of a life."""

from uuid import UUID

from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingAttended
from contracts.ids import BeneficiaryId
from tests.actors import PRESCRIBER, asking
from tests.prescription.conftest import consume
from tests.prescription.steps import (
    NO_PHONE,
    answer,
    change,
    confirmed,
    merge,
    post,
    prescribed,
    published,
    registered,
    rows,
    scalar,
    sent,
    use,
    used_up,
    visiting,
    wallet,
)


async def two_records(app: FastAPI) -> tuple[str, str]:
    """One person, registered twice under a mistaken birth date."""
    survivor = await registered(app)
    merged = await registered(app, **NO_PHONE, birth_date="1951-02-03", email="demo@exemple.invalid")
    return survivor, merged


async def test_rule_5_a_merge_keeps_one_history_numbered_by_date(site: Site, app: FastAPI, database: Database) -> None:
    survivor, merged = await two_records(app)
    second = (await prescribed(app, merged))["id"]
    first = (await prescribed(app, survivor))["id"]
    await change(database, "UPDATE books SET prescribed_at = now() - interval '1 year' WHERE id = :id", id=UUID(first))
    starts = confirmed(merged)
    await consume(site, starts)
    assert (await merge(app, survivor, merged)).status_code == 204
    books = await rows(database, "SELECT id, beneficiary_id, rank, current FROM books ORDER BY rank")
    assert [(str(row[0]), str(row[1]), row[2], row[3]) for row in books] == [
        (first, survivor, 1, False),
        (second, survivor, 2, True),
    ]
    assert str(await scalar(database, "SELECT beneficiary_id FROM bookings")) == survivor
    assert await scalar(database, "SELECT email FROM beneficiaries") == "demo@exemple.invalid"
    expected = ["beneficiary.merged.v1", "beneficiary.changed.v2", "contact.erased.v1", "contact.stated.v1"]
    assert (await published(database))[-4:] == expected
    assert (await rows(database, "SELECT key FROM outbox WHERE body IS NULL")) == [(merged,)]
    assert await rows(database, "SELECT reason, by FROM merges") == [("date mal lue", "Démo Admin")]


async def test_rule_5_later_news_of_the_merged_record_goes_to_the_kept_one(
    site: Site, app: FastAPI, database: Database
) -> None:
    survivor, merged = await two_records(app)
    await merge(app, survivor, merged)
    booking = confirmed(merged)
    ids = {"booking_id": booking.booking_id, "session_id": booking.session_id}
    late = BookingAttended(
        vouchers_consumed=1, on=booking.starts_at.date(), beneficiary_id=BeneficiaryId(UUID(merged)), **ids
    )
    await consume(site, booking, late, wallet(merged, 9))
    assert [str(row[0]) for row in await rows(database, "SELECT beneficiary_id FROM bookings")] == [survivor]
    async with asking(app, PRESCRIBER) as client:
        assert (await client.get(f"/api/prescription/beneficiaries/{merged}")).json()["id"] == survivor


async def test_rule_5_after_a_merge_no_book_until_booking_has_told_of_all(site: Site, app: FastAPI) -> None:
    """What was heard of two wallets is not yet what booking says of one."""
    survivor, merged = await two_records(app)
    books = await used_up(site, app, survivor, 1) + await used_up(site, app, merged, 1)
    await merge(app, survivor, merged)
    refused = await post(app, f"/api/prescription/beneficiaries/{survivor}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed")
    await consume(site, wallet(survivor, 5, *(use(book, consumed=5) for book in books)))
    assert (await prescribed(app, survivor))["rank"] == 3


async def test_rule_5_a_merge_never_exceeds_the_cap(site: Site, app: FastAPI, database: Database) -> None:
    survivor, merged = await two_records(app)
    await used_up(site, app, survivor, 5)
    await used_up(site, app, merged, 4)
    refused = await merge(app, survivor, merged)
    assert refused.status_code == 409
    assert "ont 9 chéquiers" in refused.json()["detail"]
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 2


async def test_rule_5_eight_books_of_two_records_become_the_eight_of_one(
    site: Site, app: FastAPI, database: Database
) -> None:
    survivor, merged = await two_records(app)
    await used_up(site, app, survivor, 4)
    await used_up(site, app, merged, 4)
    assert (await merge(app, survivor, merged)).status_code == 204
    assert [rank for (rank,) in await rows(database, "SELECT rank FROM books ORDER BY prescribed_at")] == [*range(1, 9)]


async def test_rule_5_a_merge_numbers_cancelled_books_too_and_the_next_rank_is_new(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking numbers all books by date: as long as eight are enough, both number alike."""
    survivor, merged = await two_records(app)
    gone = (await prescribed(app, survivor))["id"]
    async with visiting(app) as browser:
        await sent(browser, f"/habitants/{survivor}", f"/chequiers/{gone}/annuler", reason="mistake")
    await answer(site, wallet(survivor, 1, use(gone, void=5)))
    for person in (survivor, merged):
        await prescribed(app, person)
    assert (await merge(app, survivor, merged)).status_code == 204
    books = await rows(database, "SELECT rank, state, current FROM books ORDER BY prescribed_at")
    assert books == [(1, "cancelled", False), (2, "active", False), (3, "active", True)]
