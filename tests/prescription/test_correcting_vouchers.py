"""Rule 7: a voucher is corrected from where it is, once booking has confirmed it."""

from uuid import UUID

from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingAttended, BookingMissed
from contracts.ids import BeneficiaryId
from tests.prescription.conftest import consume
from tests.prescription.steps import (
    NOW,
    Json,
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


async def followed_once(site: Site, app: FastAPI, database: Database) -> tuple[str, Json, str]:
    """A person, their book, and the voucher of the hour they followed."""
    person = await registered(app)
    book = await prescribed(app, person)
    voucher = str(await scalar(database, "SELECT id FROM vouchers WHERE position = 1"))
    booking = confirmed(person, (voucher,))
    ids = {"booking_id": booking.booking_id, "session_id": booking.session_id, "beneficiary_id": booking.beneficiary_id}
    attended = BookingAttended(vouchers_consumed=1, on=NOW.date(), **ids)
    await consume(site, booking, attended, wallet(person, 1, use(book["id"], available=4, consumed=1)))
    return person, book, voucher


async def test_rule_7_an_hour_is_given_back_when_booking_has_confirmed_it(
    site: Site, app: FastAPI, database: Database
) -> None:
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present", "note": ""}
        page = await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
        assert "en attente de confirmation" in page.text
        thread = await scalar(database, "SELECT thread FROM changes")
        refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
        assert refused.status_code == 409
        await consume(site, wallet(person, 2, use(book["id"], available=5)), thread=thread)
        assert "en attente de confirmation" not in (await browser.get(f"/habitants/{person}")).text
    assert await scalar(database, "SELECT state FROM vouchers WHERE position = 1") == "available"
    assert "book.corrected.v2" in await published(database)


async def test_rule_7_a_correction_that_came_too_late_is_told_as_such(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking leaves a voucher that has moved on meanwhile as it is, and says so by telling the same again."""
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present"}
        await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
        thread = await scalar(database, "SELECT thread FROM changes")
        await consume(site, wallet(person, 2, use(book["id"], available=4, consumed=1)), thread=thread)
        assert "pas fait" in (await browser.get(f"/habitants/{person}")).text
    assert await scalar(database, "SELECT state FROM vouchers WHERE position = 1") == "consumed"


async def test_rule_7_news_of_another_thread_confirms_nothing(site: Site, app: FastAPI, database: Database) -> None:
    """The control: only booking's own answer counts. Until then no further book, however used up this one looks."""
    person, book, voucher = await followed_once(site, app, database)
    async with visiting(app) as browser:
        fields = {"voucher_id": voucher, "kind": "given_back", "reason": "not_present"}
        await sent(browser, f"/habitants/{person}", f"/chequiers/{book['id']}/corriger", **fields)
    await consume(site, wallet(person, 2, use(book["id"], held=4, consumed=1)))
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
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


async def test_rule_7_the_api_cancels_and_corrects_too(site: Site, app: FastAPI, database: Database) -> None:
    person, book, voucher = await followed_once(site, app, database)
    wrong = {"voucher_id": voucher, "kind": "given_back", "reason": "mistake"}
    asked = await post(app, f"/api/prescription/books/{book['id']}/corrections", wrong, key="one")
    again = await post(app, f"/api/prescription/books/{book['id']}/corrections", wrong, key="one")
    assert (asked.status_code, asked.json()["awaits_answer"], again.json()) == (202, True, asked.json())
    assert await scalar(database, "SELECT count(*) FROM changes") == 1
    await consume(
        site,
        wallet(person, 2, use(book["id"], available=5)),
        thread=await scalar(database, "SELECT thread FROM changes"),
    )
    cancelled = await post(app, f"/api/prescription/books/{book['id']}/cancellation", {"reason": "gone"})
    assert (cancelled.status_code, cancelled.json()["state"]) == (201, "cancelled")


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
    assert await scalar(database, "SELECT sum(hours) FROM bookings") == 1
    await consume(site, missed)
    assert await scalar(database, "SELECT sum(hours) FROM bookings") == 0
    assert await scalar(database, "SELECT state FROM vouchers WHERE position = 1") == "available"
