"""A resident's link: how its code may be written, how long it is open, and that it tells nothing to who has none."""

from uuid import UUID

from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryErased
from county.links import code_for
from services.booking.model import Booking
from tests.booking.browsing import looked_at, text_of, visiting
from tests.booking.conftest import deliver, over


async def test_rule_26_a_link_names_nobody_and_is_told_to_nobody(app: FastAPI, seat: Booking) -> None:
    page = await looked_at(app, f"/r/{seat.code}")
    assert "Jeanne" not in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text


async def test_a_code_is_forgiven_capitals_spaces_and_look_alikes(app: FastAPI, seat: Booking) -> None:
    spelt = seat.code.upper().replace("0", "O").replace("1", "I")
    written = " ".join((spelt[:4], spelt[4:8], spelt[8:]))
    page = await looked_at(app, f"/r?code={written}")
    assert page.url.path == f"/r/{seat.code}"
    assert "Votre séance" in page.text
    assert "Le code écrit sur votre lettre" in text_of(await looked_at(app, "/r"))


async def test_rule_26_a_link_that_is_over_says_no_more_than_one_that_never_was(
    site: Site, app: FastAPI, seat: Booking, offer: Booking
) -> None:
    await over(site, seat, days=7, hours=1)
    await over(site, offer, days=1, hours=1)
    pages = [await looked_at(app, f"/r/{code}") for code in (seat.code, offer.code, "0123456789ab", "é" * 400)]
    assert {page.status_code for page in pages} == {404}
    assert len({text_of(page) for page in pages}) == 1
    assert "Appelez votre médiateur, ou le centre" in text_of(pages[0])
    assert 'href="/ou-demander"' in pages[0].text
    for page in pages:
        assert page.headers["referrer-policy"] == "no-referrer"
    async with visiting(app, None) as telephone:
        assert (await telephone.get(f"/r/{seat.code}/annuler")).status_code == 404


async def test_links_are_open_until_a_week_after_the_session_and_a_day_after_the_offer(
    site: Site, app: FastAPI, seat: Booking, offer: Booking
) -> None:
    await over(site, seat, days=6, hours=23)
    await over(site, offer, hours=23)
    for booking in (seat, offer):
        assert (await looked_at(app, f"/r/{booking.code}")).status_code == 200


async def test_rule_27_the_link_of_an_erased_person_opens_nothing(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    await deliver(site.runtime.database, BeneficiaryErased(beneficiary_id=person))
    closed = await looked_at(app, f"/r/{seat.code}")
    assert text_of(closed) == text_of(await looked_at(app, f"/r/{code_for('other', UUID(int=1))}"))
