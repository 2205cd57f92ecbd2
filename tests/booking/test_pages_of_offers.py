"""A seat offered to a resident: answered from the link."""

from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.booking import queries
from services.booking.model import Booking
from tests.booking.answers import use
from tests.booking.browsing import press, text_of, visiting
from tests.booking.conftest import book, new_session, over


async def test_rule_18_an_offered_seat_is_accepted_from_the_link(
    site: Site, app: FastAPI, person: BeneficiaryId, offer: Booking
) -> None:
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        assert "Nous la gardons pour vous jusqu'au" in text_of(page)
        assert "Cette séance utilise 1 chèque. Vous en avez 5." in text_of(page)
        assert await use(site.runtime.database, person) == (5, 0, 0)
        taken = await press(telephone, page, "Oui, je prends la place")
        assert "La place est à vous." in taken.text
        assert "Votre séance" in taken.text
        again = await press(telephone, page, "Oui, je prends la place")
        assert "Votre séance" in again.text
    assert await use(site.runtime.database, person) == (4, 1, 0)


async def test_rule_18_a_resident_who_is_elsewhere_then_is_told_so_in_the_second_person(
    site: Site, app: FastAPI, person: BeneficiaryId, offer: Booking
) -> None:
    await book(site.runtime.database, await new_session(site.runtime.database, starts=offer.starts_at), person)
    async with visiting(app, None) as telephone:
        answer = await press(telephone, await telephone.get(f"/r/{offer.code}"), "Oui, je prends la place")
    assert "Vous avez déjà une séance à ce moment-là. Appelez votre médiateur." in text_of(answer)
    assert "Cette personne" not in answer.text


async def test_rule_18_an_offered_seat_is_refused_from_the_link(site: Site, app: FastAPI, offer: Booking) -> None:
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        refused = await press(telephone, page, "Non, je ne peux pas venir")
        assert "Cette place n'est plus pour vous" in text_of(refused)
        too_late = await press(telephone, page, "Oui, je prends la place")
        assert "Vous avez déjà répondu, ou cette place n'est plus gardée pour vous." in text_of(too_late)
    async with site.runtime.database.reading() as reading:
        assert (await queries.session(reading, offer.session_id)).free == 1


async def test_rule_18_an_offer_that_is_over_can_not_be_accepted(site: Site, app: FastAPI, offer: Booking) -> None:
    """Before the timed job has ended it."""
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        await over(site, offer, hours=1)
        answer = await press(telephone, page, "Oui, je prends la place")
        assert "cette place n'est plus gardée pour vous." in text_of(answer)
        assert "Cette place n'est plus pour vous" in text_of(answer)
