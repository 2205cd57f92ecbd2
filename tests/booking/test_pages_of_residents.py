"""A resident's link: what it shows, what it does and when, and that it tells nothing to who has no code."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.links import code_for, stop_token
from chassis.site import Site
from chassis.web import french
from contracts.catalogue import SessionCancelled, SessionChanged
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from services.booking import queries
from services.booking.app import assemble
from services.booking.model import Booking
from services.booking.settings import Settings
from tests import actors
from tests.booking.browsing import press, told, visiting
from tests.booking.conftest import (
    TERMS,
    TOMORROW,
    book,
    cancel,
    mark,
    new_people,
    new_person,
    new_session,
    posted,
    scheduled,
    stated,
    use,
    wait,
)
from tests.booking.conftest import told as hears
from tests.conftest import Created

NEIGHBOURS = {"Messages": "http://messages", "Catalogue": "http://catalogue"}


@pytest.fixture
async def site(migrated: Created) -> Site:
    url = await migrated("booking")
    return assemble(actors.told(Settings, url, neighbours=NEIGHBOURS, database_pool=10))


@pytest.fixture
async def person(site: Site) -> BeneficiaryId:
    person = await new_person(site.assembly.database)
    await hears(site.assembly.database, posted().model_copy(update={"phone": "+33465710002"}), stated(person))
    return person


@pytest.fixture
async def seat(site: Site, person: BeneficiaryId) -> Booking:
    return await book(site.assembly.database, await new_session(site.assembly.database), person)


async def over(site: Site, booking: Booking, **ago: float) -> None:
    """As if its session had ended that long ago, or its offer."""
    earlier = (booking.offered_until or booking.ends_at) - (datetime.now(UTC) - timedelta(**ago))
    times = "starts_at = starts_at - cast(:earlier as interval), ends_at = ends_at - cast(:earlier as interval)"
    offer = ", offered_until = offered_until - cast(:earlier as interval)"
    told = {"earlier": earlier, "session": booking.session_id}
    async with site.assembly.database.engine.begin() as connection:
        await connection.execute(text(f"UPDATE sessions SET {times} WHERE id = :session"), told)  # noqa: S608
        await connection.execute(text(f"UPDATE bookings SET {times}{offer} WHERE session_id = :session"), told)  # noqa: S608


async def looked_at(app: FastAPI, path: str) -> httpx.Response:
    async with visiting(app, None) as telephone:
        return await telephone.get(path)


async def test_rule_16_a_link_shows_when_where_what_to_bring_and_whom_to_call(app: FastAPI, seat: Booking) -> None:
    page = await looked_at(app, f"/r/{seat.code}")
    shown = told(page)
    for words in ("Envoyer un e-mail", "8 Fablab rue Courre Commère 26400 Crest", "Rien à apporter.", "0 heure suivie"):
        assert words in shown
    assert "Appeler Démo Karim : 04 65 71 00 02" in shown
    assert 'href="https://www.openstreetmap.org/?mlat=44.728&amp;mlon=5.023' in page.text
    assert "4 chèques à utiliser" in shown


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
    assert "Le code écrit sur votre lettre" in told(await looked_at(app, "/r"))


async def test_rule_16_looking_never_cancels_and_one_confirmation_does(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    async with visiting(app, None) as telephone:
        asked = await telephone.get(f"/r/{seat.code}/annuler")
        assert "1 chèque vous est rendu" in told(asked)
        assert await use(site.assembly.database, person) == (4, 1, 0)
        done = await press(telephone, asked, "Oui, j'annule ma séance")
        assert "Merci de nous avoir prévenus" in done.text
        assert await use(site.assembly.database, person) == (5, 0, 0)
        again = await press(telephone, asked, "Oui, j'annule ma séance")
        assert "Votre séance est annulée" in again.text
        assert "Votre séance est déjà annulée, ou elle est passée." in told(again)
        assert (await telephone.get(f"/r/{seat.code}/annuler")).url.path == f"/r/{seat.code}"
    async with site.assembly.database.reading() as reading:
        assert (await queries.ledger(reading, person))[-1].by_kind == "beneficiary"


async def test_a_cancellation_comes_from_our_page_alone(site: Site, app: FastAPI, seat: Booking) -> None:
    async with visiting(app, None) as telephone:
        await telephone.post(f"/r/{seat.code}/annuler")
    async with site.assembly.database.reading() as reading:
        assert (await queries.booking(reading, seat.id)).state == "confirmed"


async def test_rule_16_after_the_cut_off_the_page_says_what_it_counts_as_and_asks_to_tell_anyway(
    site: Site, app: FastAPI, person: BeneficiaryId
) -> None:
    database = site.assembly.database
    soon = datetime.now(UTC) + timedelta(hours=3)
    first = await book(database, await new_session(database, starts=soon), person)
    second = await book(database, await new_session(database, starts=soon - timedelta(hours=1)), person)
    async with visiting(app, None) as telephone:
        late = await telephone.get(f"/r/{first.code}/annuler")
        assert "compte comme une absence" in late.text
        assert "C'est la première fois : 1 chèque vous est rendu quand même." in told(late)
        assert "Dites-le quand même" in late.text
        await press(telephone, late, "Oui, j'annule ma séance")
        assert await use(database, person) == (4, 1, 0)
        later = await telephone.get(f"/r/{second.code}/annuler")
        assert "Ce n'est pas la première fois : 1 chèque est utilisé." in told(later)
        await press(telephone, later, "Oui, j'annule ma séance")
    assert await use(database, person) == (4, 0, 1)


@pytest.fixture
async def offer(site: Site, person: BeneficiaryId) -> Booking:
    """A seat of a full session became free."""
    database = site.assembly.database
    session = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=2))
    (other,) = await new_people(database, 1)
    taken = await book(database, session, other)
    await wait(database, session, person)
    await cancel(database, taken)
    async with database.reading() as reading:
        (offer,) = await queries.bookings_in(reading, session, "offered")
    return offer


async def test_rule_18_an_offered_seat_is_accepted_from_the_link(
    site: Site, app: FastAPI, person: BeneficiaryId, offer: Booking
) -> None:
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        assert "Nous la gardons pour vous jusqu'au" in told(page)
        assert "Cette séance utilise 1 chèque. Vous en avez 5." in told(page)
        assert await use(site.assembly.database, person) == (5, 0, 0)
        taken = await press(telephone, page, "Oui, je prends la place")
        assert "La place est à vous." in taken.text
        assert "Votre séance" in taken.text
        again = await press(telephone, page, "Oui, je prends la place")
        assert "Votre séance" in again.text
    assert await use(site.assembly.database, person) == (4, 1, 0)


async def test_rule_18_a_resident_who_is_elsewhere_then_is_told_so_in_the_second_person(
    site: Site, app: FastAPI, person: BeneficiaryId, offer: Booking
) -> None:
    await book(site.assembly.database, await new_session(site.assembly.database, starts=offer.starts_at), person)
    async with visiting(app, None) as telephone:
        answer = await press(telephone, await telephone.get(f"/r/{offer.code}"), "Oui, je prends la place")
    assert "Vous avez déjà une séance à ce moment-là. Appelez votre médiateur." in told(answer)
    assert "Cette personne" not in answer.text


async def test_rule_18_an_offered_seat_is_refused_from_the_link(site: Site, app: FastAPI, offer: Booking) -> None:
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        refused = await press(telephone, page, "Non, je ne peux pas venir")
        assert "Cette place n'est plus pour vous" in told(refused)
        too_late = await press(telephone, page, "Oui, je prends la place")
        assert "Vous avez déjà répondu, ou cette place n'est plus gardée pour vous." in told(too_late)
    async with site.assembly.database.reading() as reading:
        assert (await queries.session(reading, offer.session_id)).free == 1


async def test_rule_18_an_offer_that_is_over_can_not_be_accepted(site: Site, app: FastAPI, offer: Booking) -> None:
    """Before the timed job has ended it."""
    async with visiting(app, None) as telephone:
        page = await telephone.get(f"/r/{offer.code}")
        await over(site, offer, hours=1)
        answer = await press(telephone, page, "Oui, je prends la place")
        assert "cette place n'est plus gardée pour vous." in told(answer)
        assert "Cette place n'est plus pour vous" in told(answer)


async def test_rule_13_a_cancelled_session_shows_others_and_whom_to_call(
    site: Site, app: FastAPI, seat: Booking
) -> None:
    database = site.assembly.database
    await new_session(database, starts=TOMORROW + timedelta(days=7))
    await hears(database, SessionCancelled(session_id=seat.session_id, version=2, reason="panne"))
    shown = told(await looked_at(app, f"/r/{seat.code}"))
    assert "La séance est annulée" in shown
    assert "Vos chèques vous sont rendus." in shown
    assert "La même formation, à un autre moment" in shown
    assert "Pour choisir une de ces séances : Appeler Démo Karim : 04 65 71 00 02" in shown


async def test_rule_13_a_session_moved_twice_shows_its_last_time(
    site: Site, app: FastAPI, person: BeneficiaryId
) -> None:
    event = scheduled()
    await hears(site.assembly.database, event)
    seat = await book(site.assembly.database, event.session_id, person)
    first, last = (TOMORROW.replace(hour=13) + timedelta(days=days) for days in (1, 4))
    for version, starts in ((2, first), (3, last)):
        news = {"version": version, "starts_at": starts, "ends_at": starts + timedelta(hours=1)}
        changed = SessionChanged(**event.model_dump() | news, changed=("time",), reason="salle prise")
        await hears(site.assembly.database, changed)
    shown = told(await looked_at(app, f"/r/{seat.code}"))
    assert "Attention : le jour ou l'heure a changé." in shown
    assert f"{french.day(last)}, à {french.hour(last)}" in shown
    assert "La même formation, à un autre moment" not in shown
    await new_session(site.assembly.database, starts=TOMORROW + timedelta(days=7))
    shown = told(await looked_at(app, f"/r/{seat.code}"))
    assert "La même formation, à un autre moment" in shown
    assert "Si un autre moment vous va mieux, appelez votre médiateur." in shown


async def test_rule_5_who_had_two_records_is_not_told_that_a_session_was_moved(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    database = site.assembly.database
    kept = await new_person(database)
    await book(database, await new_session(database), kept)
    await hears(database, BeneficiaryMerged(kept_id=kept, merged_id=person))
    async with database.reading() as reading:
        assert (await queries.booking(reading, seat.id)).moved
    assert "a changé" not in told(await looked_at(app, f"/r/{seat.code}"))


async def test_my_other_sessions_and_places_in_lists_are_shown(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    database = site.assembly.database
    other = await book(database, await new_session(database, starts=TOMORROW + timedelta(days=3)), person)
    full = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=5))
    await book(database, full, (await new_people(database, 1))[0])
    await wait(database, full, person)
    page = await looked_at(app, f"/r/{seat.code}")
    assert f'href="/r/{other.code}"' in page.text
    assert "J'attends une place" in told(page)


@pytest.mark.parametrize(("attended", "words"), [(True, "Bravo !"), (False, "Ce n'est pas grave.")])
async def test_afterwards_the_link_tells_what_became_of_the_session(
    site: Site, app: FastAPI, seat: Booking, *, attended: bool, words: str
) -> None:
    await over(site, seat, hours=1)
    assert "La séance a commencé" in told(await looked_at(app, f"/r/{seat.code}"))
    await mark(site.assembly.database, seat, attended=attended)
    assert words in told(await looked_at(app, f"/r/{seat.code}"))


async def test_messages_are_stopped_by_a_link_to_the_service_that_sends_them(
    app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    stop = f"http://messages/stop/{stop_token(TERMS.link_secret, person, 'sms')}"
    page = await looked_at(app, f"/r/{seat.code}")
    assert stop in page.text
    assert "répondre STOP" in page.text


async def test_rule_26_a_link_that_is_over_says_no_more_than_one_that_never_was(
    site: Site, app: FastAPI, seat: Booking, offer: Booking
) -> None:
    await over(site, seat, days=7, hours=1)
    await over(site, offer, days=1, hours=1)
    pages = [await looked_at(app, f"/r/{code}") for code in (seat.code, offer.code, "0123456789ab", "é" * 400)]
    assert {page.status_code for page in pages} == {404}
    assert len({told(page) for page in pages}) == 1
    assert "Appelez votre médiateur, ou le centre" in told(pages[0])
    assert "http://catalogue/centres" in pages[0].text
    for page in pages:
        assert page.headers["referrer-policy"] == "no-referrer"
    async with visiting(app, None) as telephone:
        assert (await telephone.get(f"/r/{seat.code}/annuler")).status_code == 404


async def test_links_are_open_until_a_week_after_the_session_and_a_day_after_the_offer(
    site: Site, app: FastAPI, seat: Booking, offer: Booking
) -> None:
    await over(site, seat, days=6, hours=23)
    await over(site, offer, hours=23)
    for one in (seat, offer):
        assert (await looked_at(app, f"/r/{one.code}")).status_code == 200


async def test_rule_27_the_link_of_an_erased_person_opens_nothing(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    await hears(site.assembly.database, BeneficiaryErased(beneficiary_id=person))
    closed = await looked_at(app, f"/r/{seat.code}")
    assert told(closed) == told(await looked_at(app, f"/r/{code_for('other', UUID(int=1))}"))
