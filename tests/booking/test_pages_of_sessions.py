"""The attendance sheet on the screen and on paper, and what a centre sees of its people."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.site import Site
from chassis.web.principal import Principal
from contracts.ids import BeneficiaryId, SessionId
from contracts.prescription import BeneficiaryErased
from services.booking import queries
from services.booking.model import Booking
from services.booking.web.attendance import on_paper
from tests.actors import MEDIATOR, OTHER_MEDIATOR, PRESCRIBER
from tests.booking.answers import use
from tests.booking.browsing import press, text_of, visiting
from tests.booking.conftest import book, cancel, deliver, mark, new_people, new_session, wait
from tests.booking.events import TOMORROW, stated

NEIGHBOUR = PRESCRIBER.model_copy(update={"centre_id": None})


def prescriber(person: BeneficiaryId) -> Principal:
    """Of the centre that follows this person."""
    return PRESCRIBER.model_copy(update={"centre_id": stated(person).centre_id})


@pytest.fixture
async def session(site: Site) -> SessionId:
    return await new_session(site.runtime.database)


@pytest.fixture
async def seats(site: Site, session: SessionId, people: list[BeneficiaryId]) -> list[Booking]:
    return [await book(site.runtime.database, session, person) for person in people]


async def begin(site: Site, session: SessionId) -> None:
    """An hour ago."""
    async with site.runtime.database.engine.begin() as connection:
        for table, key in (("sessions", "id"), ("bookings", "session_id")):
            earlier = "starts_at = now() - interval '1 hour', ends_at = now()"
            await connection.execute(text(f"UPDATE {table} SET {earlier} WHERE {key} = :id"), {"id": session})  # noqa: S608 - names of ours


async def test_rule_17_one_is_absent_and_everybody_else_is_there(
    site: Site, app: FastAPI, session: SessionId, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    assert seats
    async with visiting(app) as browser:
        early = await browser.get(f"/emargement/{session}")
        assert "La présence se note à partir de l'heure de début." in text_of(early)
        assert "Tout le monde est là" not in early.text
        await begin(site, session)
        sheet = await press(browser, await browser.get(f"/emargement/{session}"), "Démo Odile D. est absent(e)")
        assert "Absence notée." in sheet.text
        done = await press(browser, sheet, "Tout le monde est là")
        assert "2 présences notées." in done.text
        assert "2 présences notées." in (await press(browser, sheet, "Tout le monde est là")).text
        again = await press(browser, sheet, "Tout le monde est là", idempotency_key="from another page")
        assert "0 présence notée." in again.text
    assert [await use(site.runtime.database, person) for person in people] == [(4, 0, 1), (5, 0, 0), (4, 0, 1)]


async def test_rule_17_a_mistake_is_mended_with_a_reason(
    site: Site, app: FastAPI, session: SessionId, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    await begin(site, session)
    await mark(site.runtime.database, seats[0], attended=True)
    async with visiting(app) as browser:
        sheet = await browser.get(f"/emargement/{session}")
        assert (await press(browser, sheet, "La personne n'était pas là")).status_code == 422
        typed = await press(browser, sheet, "La personne n'était pas là", reason="elle est malade")
        assert typed.status_code == 422
        mended = await press(browser, sheet, "La personne n'était pas là", reason="erreur de saisie")
        assert "absence, le chèque est rendu" in text_of(mended)
    assert await use(site.runtime.database, people[0]) == (5, 0, 0)


async def test_rule_17_an_absence_is_overruled_with_a_reason(
    site: Site, app: FastAPI, session: SessionId, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    database = site.runtime.database
    other = await new_session(database, starts=TOMORROW + timedelta(hours=3))
    await mark(database, await book(database, other, people[0]), attended=False)
    await begin(site, session)
    await mark(database, seats[0], attended=False)
    async with visiting(app) as browser:
        sheet = await browser.get(f"/emargement/{session}")
        assert "absence, le chèque est utilisé" in text_of(sheet)
        given = await press(browser, sheet, "Rendre l'heure malgré l'absence", reason="la personne avait prévenu")
        assert "Les chèques sont rendus." in given.text
    assert await use(database, people[0]) == (5, 0, 0)
    async with database.reading() as reading:
        assert "la personne avait prévenu" in [move.reason for move in await queries.ledger(reading, people[0])]


async def test_rule_18_the_sheet_shows_offers_and_who_waits(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=2))
    taken = await book(database, session, people[0])
    await wait(database, session, people[1])
    await wait(database, session, people[2])
    await cancel(database, taken)
    async with visiting(app) as browser:
        sheet = text_of(await browser.get(f"/emargement/{session}"))
    assert "Places proposées Démo Odile D., réponse attendue avant le" in sheet
    assert "Démo Marcel D., depuis le" in sheet


async def test_rule_16_the_sessions_mediator_gives_a_seat_back_for_someone_who_called(
    site: Site, app: FastAPI, session: SessionId, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    assert seats
    async with visiting(app) as browser:
        sheet = await press(browser, await browser.get(f"/emargement/{session}"), "la place de Démo Marcel D.")
    assert sheet.url.path == f"/emargement/{session}"
    assert "La réservation est annulée." in sheet.text
    assert await use(site.runtime.database, people[2]) == (5, 0, 0)


async def test_rule_26_the_printed_sheet_has_first_names_and_initials_in_their_order(
    site: Site, app: FastAPI, session: SessionId, seats: list[Booking]
) -> None:
    assert seats
    async with site.runtime.database.reading() as reading:
        sheet = await on_paper(reading, session)
    assert sheet.pop("names") == ["Démo Jeanne D.", "Démo Marcel D.", "Démo Odile D."]
    assert {*sheet} == {"title", "when", "where", "mediator", "price"}
    async with visiting(app) as browser:
        printed = await browser.get(f"/emargement/{session}/feuille.pdf")
    assert printed.headers["content-type"] == "application/pdf"
    for part in (b"%PDF-1.", b"/StructTreeRoot", b"pdfuaid", b"/Lang(fr"):
        assert part in printed.content, part


async def test_rule_26_a_sheet_tells_who_was_erased_from_whose_name_has_not_come(
    site: Site, app: FastAPI, session: SessionId, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    assert seats
    (unnamed,) = await new_people(site.runtime.database, 1)
    await book(site.runtime.database, session, unnamed)
    await begin(site, session)
    await deliver(site.runtime.database, BeneficiaryErased(beneficiary_id=people[0]))
    async with visiting(app) as browser:
        sheet = text_of(await browser.get(f"/emargement/{session}"))
    for name in ("Personne effacée est là", "Nom pas encore reçu est là", "Démo Odile D. est là"):
        assert name in sheet


async def test_rule_19_a_sheet_is_for_the_sessions_mediators(app: FastAPI, session: SessionId) -> None:
    async with visiting(app, OTHER_MEDIATOR) as browser:
        for path in ("", "/feuille.pdf"):
            assert (await browser.get(f"/emargement/{session}{path}")).status_code == 403
    async with visiting(app, MEDIATOR) as browser:
        assert (await browser.get(f"/emargement/{session}")).status_code == 200


async def test_rule_16_a_centre_gives_a_seat_back_for_its_people_and_for_nobody_else(
    site: Site, app: FastAPI, people: list[BeneficiaryId], seats: list[Booking]
) -> None:
    assert seats
    async with visiting(app, prescriber(people[0])) as browser:
        centre = await browser.get("/mediateur")
        assert "Séances à venir des personnes de mon centre" in centre.text
        assert f"/centre/personnes/{people[0]}" in centre.text
        person = await browser.get(f"/centre/personnes/{people[0]}")
        assert "4 chèques à utiliser" in text_of(person)
        done = await press(browser, person, "Annuler cette réservation", reason="à la demande de la personne")
        assert "La réservation est annulée." in done.text
        assert "Aucune séance à venir." in done.text
        assert (await browser.get(f"/dossiers/{people[0]}")).status_code == 403
    assert await use(site.runtime.database, people[0]) == (5, 0, 0)
    async with visiting(app, NEIGHBOUR) as browser:
        assert (await browser.get(f"/centre/personnes/{people[0]}")).status_code == 403
        assert "Aucune séance réservée" in (await browser.get("/centre")).text


async def test_rule_18_a_centre_answers_an_offer_for_someone_who_called(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database, capacity=1, starts=datetime.now(UTC) + timedelta(days=4))
    taken = await book(database, session, people[1])
    await wait(database, session, people[0])
    await cancel(database, taken)
    async with visiting(app, prescriber(people[0])) as browser:
        refused = await press(browser, await browser.get(f"/centre/personnes/{people[0]}"), "Elle la refuse")
    assert "La place est proposée à la personne suivante." in refused.text
    async with database.reading() as reading:
        assert (await queries.session(reading, session)).free == 1
