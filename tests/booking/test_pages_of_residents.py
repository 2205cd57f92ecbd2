"""A resident's page: what it shows, what it does and when."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from chassis import french
from chassis.site import Site
from contracts.catalogue import SessionCancelled, SessionChanged
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryMerged
from county.links import stop_token
from services.booking import queries
from services.booking.model import Booking
from tests.booking.answers import use
from tests.booking.browsing import looked_at, press, text_of, visiting
from tests.booking.conftest import (
    book,
    deliver,
    mark,
    new_people,
    new_person,
    new_session,
    over,
    wait,
)
from tests.booking.events import TOMORROW, scheduled
from tests.booking.on_paper import POLICY


async def test_rule_16_a_link_shows_when_where_what_to_bring_and_whom_to_call(app: FastAPI, seat: Booking) -> None:
    page = await looked_at(app, f"/r/{seat.code}")
    shown = text_of(page)
    for words in ("Envoyer un e-mail", "8 Fablab rue Courre Commère 26400 Crest", "Rien à apporter.", "0 heure suivie"):
        assert words in shown
    assert "Appeler Démo Karim : 04 65 71 00 02" in shown
    assert 'href="https://www.openstreetmap.org/?mlat=44.728&amp;mlon=5.023' in page.text
    assert "4 chèques à utiliser" in shown


async def test_rule_16_looking_never_cancels_and_one_confirmation_does(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    async with visiting(app, None) as telephone:
        asked = await telephone.get(f"/r/{seat.code}/annuler")
        assert "1 chèque vous est rendu" in text_of(asked)
        assert await use(site.runtime.database, person) == (4, 1, 0)
        done = await press(telephone, asked, "Oui, j'annule ma séance")
        assert "Merci de nous avoir prévenus" in done.text
        assert await use(site.runtime.database, person) == (5, 0, 0)
        again = await press(telephone, asked, "Oui, j'annule ma séance")
        assert "Merci de nous avoir prévenus" in again.text
        again = await press(telephone, asked, "Oui, j'annule ma séance", idempotency_key="from another page")
        assert "Votre séance est annulée" in again.text
        assert "Votre séance est déjà annulée, ou elle est passée." in text_of(again)
        assert (await telephone.get(f"/r/{seat.code}/annuler")).url.path == f"/r/{seat.code}"
    async with site.runtime.database.reading() as reading:
        assert (await queries.ledger(reading, person))[-1].by_kind == "beneficiary"


async def test_a_cancellation_comes_from_our_page_alone(site: Site, app: FastAPI, seat: Booking) -> None:
    async with visiting(app, None) as telephone:
        await telephone.post(f"/r/{seat.code}/annuler")
    async with site.runtime.database.reading() as reading:
        assert (await queries.booking(reading, seat.id)).state == "confirmed"


async def test_rule_16_after_the_cut_off_the_page_says_what_it_counts_as_and_asks_to_tell_anyway(
    site: Site, app: FastAPI, person: BeneficiaryId
) -> None:
    database = site.runtime.database
    soon = datetime.now(UTC) + timedelta(hours=3)
    first = await book(database, await new_session(database, starts=soon), person)
    second = await book(database, await new_session(database, starts=soon - timedelta(hours=1)), person)
    async with visiting(app, None) as telephone:
        late = await telephone.get(f"/r/{first.code}/annuler")
        assert "compte comme une absence" in late.text
        assert "C'est la première fois : 1 chèque vous est rendu quand même." in text_of(late)
        assert "Dites-le quand même" in late.text
        await press(telephone, late, "Oui, j'annule ma séance")
        assert await use(database, person) == (4, 1, 0)
        later = await telephone.get(f"/r/{second.code}/annuler")
        assert "Ce n'est pas la première fois : 1 chèque est utilisé." in text_of(later)
        await press(telephone, later, "Oui, j'annule ma séance")
    assert await use(database, person) == (4, 0, 1)


async def test_rule_13_a_cancelled_session_shows_others_and_whom_to_call(
    site: Site, app: FastAPI, seat: Booking
) -> None:
    database = site.runtime.database
    await new_session(database, starts=TOMORROW + timedelta(days=7))
    await deliver(database, SessionCancelled(session_id=seat.session_id, version=2, reason="panne"))
    shown = text_of(await looked_at(app, f"/r/{seat.code}"))
    assert "La séance est annulée" in shown
    assert "Vos chèques vous sont rendus." in shown
    assert "La même formation, à un autre moment" in shown
    assert "Pour choisir une de ces séances : Appeler Démo Karim : 04 65 71 00 02" in shown


async def test_rule_13_a_session_moved_twice_shows_its_last_time(
    site: Site, app: FastAPI, person: BeneficiaryId
) -> None:
    event = scheduled()
    await deliver(site.runtime.database, event)
    seat = await book(site.runtime.database, event.session_id, person)
    first, last = (TOMORROW.replace(hour=13) + timedelta(days=days) for days in (1, 4))
    for version, starts in ((2, first), (3, last)):
        news = {"version": version, "starts_at": starts, "ends_at": starts + timedelta(hours=1)}
        changed = SessionChanged(**event.model_dump() | news, changed=("time",), reason="salle prise")
        await deliver(site.runtime.database, changed)
    shown = text_of(await looked_at(app, f"/r/{seat.code}"))
    assert "Attention : le jour ou l'heure a changé." in shown
    assert f"{french.day(last)}, à {french.hour(last)}" in shown
    assert "La même formation, à un autre moment" not in shown
    await new_session(site.runtime.database, starts=TOMORROW + timedelta(days=7))
    shown = text_of(await looked_at(app, f"/r/{seat.code}"))
    assert "La même formation, à un autre moment" in shown
    assert "Si un autre moment vous va mieux, appelez votre médiateur." in shown


async def test_rule_5_who_had_two_records_is_not_told_that_a_session_was_moved(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    database = site.runtime.database
    survivor = await new_person(database)
    await book(database, await new_session(database), survivor)
    await deliver(database, BeneficiaryMerged(kept_id=survivor, merged_id=person))
    async with database.reading() as reading:
        assert (await queries.booking(reading, seat.id)).moved
    assert "a changé" not in text_of(await looked_at(app, f"/r/{seat.code}"))


async def test_my_other_sessions_and_places_in_lists_are_shown(
    site: Site, app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    database = site.runtime.database
    other = await book(database, await new_session(database, starts=TOMORROW + timedelta(days=3)), person)
    full = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=5))
    await book(database, full, (await new_people(database, 1))[0])
    await wait(database, full, person)
    page = await looked_at(app, f"/r/{seat.code}")
    assert f'href="/r/{other.code}"' in page.text
    assert "J'attends une place" in text_of(page)


@pytest.mark.parametrize(("attended", "words"), [(True, "Bravo !"), (False, "Ce n'est pas grave.")])
async def test_afterwards_the_link_tells_what_became_of_the_session(
    site: Site, app: FastAPI, seat: Booking, *, attended: bool, words: str
) -> None:
    await over(site, seat, hours=1)
    assert "La séance a commencé" in text_of(await looked_at(app, f"/r/{seat.code}"))
    await mark(site.runtime.database, seat, attended=attended)
    assert words in text_of(await looked_at(app, f"/r/{seat.code}"))


async def test_messages_are_stopped_by_a_link_to_the_service_that_sends_them(
    app: FastAPI, person: BeneficiaryId, seat: Booking
) -> None:
    stop = f"/stop/{stop_token(POLICY.link_secret, person, 'sms')}"
    page = await looked_at(app, f"/r/{seat.code}")
    assert stop in page.text
    assert "Ne plus recevoir de messages" in page.text
    assert "STOP" not in page.text, "not every sender can be answered"
