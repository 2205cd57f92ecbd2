"""The mediator's desk and files: whom to call first, what a person needs, where the next hour is near."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.site import Site
from contracts.catalogue import MediatorPosted, TrainingPublished
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, MediatorId, SessionId, TrainingId, uuid7
from contracts.prescription import BeneficiaryRegistered
from services.booking import queries, usecases
from tests.actors import MEDIATOR, OTHER_MEDIATOR
from tests.booking.browsing import press, told, visiting
from tests.booking.conftest import (
    PLACE,
    TOMORROW,
    book,
    cancel,
    mark,
    new_people,
    new_session,
    posted,
    scheduled,
    stated,
    use,
    wait,
)
from tests.booking.conftest import told as hears

VALENCE = PLACE.model_copy(
    update={"name": "Médiathèque", "commune": "Valence", "commune_insee": "26362", "latitude": 44.93, "longitude": 4.89}
)
ME = MediatorId(MEDIATOR.mediator_id or UUID(int=0))
TAXES = TrainingId(UUID(int=40))


def lives_in_crest(person: BeneficiaryId) -> BeneficiaryRegistered:
    return BeneficiaryRegistered(
        beneficiary_id=person,
        centre_id=stated(person).centre_id,
        commune_insee="26108",
        epci="CC du Val de Drôme",
        audiences=("senior",),
        msa=False,
        registered_at=TOMORROW - timedelta(days=4),
    )


def named(person: BeneficiaryId, first_name: str) -> ContactStated:
    return stated(person).model_copy(update={"first_name": first_name})


def colleague() -> MediatorPosted:
    return posted().model_copy(update={"mediator_id": OTHER_MEDIATOR.mediator_id, "name": "Démo Lucie"})


def taxes() -> TrainingPublished:
    return TrainingPublished(
        training_id=TAXES,
        version=1,
        code="IMP-1",
        title="Déclarer ses impôts",
        summary="Faire sa déclaration en ligne.",
        level="débutant",
        themes=("impots",),
        audiences=(),
        hours=1,
    )


@pytest.fixture
async def people(site: Site) -> list[BeneficiaryId]:
    """Three in my care, all living in Crest; the last one has waited longest."""
    database = site.assembly.database
    people = await new_people(database, 3)
    names = zip(people, ("Démo Jeanne", "Démo Odile", "Démo Marcel"), strict=True)
    await hears(database, posted(), *(named(*one) for one in names), *map(lives_in_crest, people))
    for days, person in enumerate(people):
        await database.transact(partial(usecases.accept_file, beneficiary_id=person, by=ME))
        async with database.engine.begin() as connection:
            opened = {"days": days, "person": person}
            ago = "UPDATE files SET opened_at = now() - make_interval(days => :days) WHERE beneficiary_id = :person"
            await connection.execute(text(ago), opened)
    return people


def order(page: httpx.Response, *words: str) -> list[str]:
    said = told(page)
    return sorted(words, key=said.index)


async def test_who_waits_longest_comes_first_and_those_with_a_session_last(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    await book(site.assembly.database, await new_session(site.assembly.database), people[2])
    async with visiting(app) as browser:
        desk = await browser.get("/")
    assert order(desk, "Démo Jeanne D.", "Démo Odile D.", "Démo Marcel D.") == [
        "Démo Odile D.",
        "Démo Jeanne D.",
        "Démo Marcel D.",
    ]
    assert "2 personnes sans séance" in told(desk)
    assert f'href="/dossiers/{people[1]}#seances"' in desk.text


async def test_a_past_session_that_nobody_marked_is_not_a_next_one(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    session = await new_session(database)
    await book(database, session, people[0])
    await five_days_back(site, session)
    async with visiting(app) as browser:
        desk = told(await browser.get("/"))
    assert "3 personnes sans séance" in desk
    assert "Présences à noter" in desk


async def five_days_back(site: Site, session: SessionId) -> None:
    """The session and its bookings, as if they had been that long ago."""
    async with site.assembly.database.engine.begin() as connection:
        for table, key in (("sessions", "id"), ("bookings", "session_id")):
            back = f"UPDATE {table} SET starts_at = starts_at - interval '5 days', ends_at = ends_at - interval '5 days' WHERE {key} = :id"  # noqa: S608, E501 - two names of ours
            await connection.execute(text(back), {"id": session})


async def test_files_of_others_are_shown_without_a_name(site: Site, app: FastAPI) -> None:
    database = site.assembly.database
    await hears(database, colleague())
    (person,) = await new_people(database, 1)
    await hears(database, named(person, "Démo Solange"), lives_in_crest(person), posted())
    async with visiting(app) as browser:
        desk = await browser.get("/")
        assert "Solange" not in desk.text
        assert "Autres dossiers qui attendent" in desk.text
        assert order(desk, "Autres dossiers", "Crest", "Gérer son exploitation agricole") == [
            "Autres dossiers",
            "Crest",
            "Gérer son exploitation agricole",
        ]
        assert "Démo Solange D." in (await press(browser, desk, "Reprendre ce dossier")).text


async def test_rule_17_who_missed_twice_is_called_and_the_call_is_noted(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    for hours in (0, 2):
        session = await new_session(database, starts=TOMORROW + timedelta(hours=hours))
        await mark(database, await book(database, session, people[0]), attended=False)
    async with visiting(app) as browser:
        desk = await browser.get("/")
        assert "1 à appeler" in told(desk)
        assert "Absente plusieurs fois" in told(desk)
        assert "0 à appeler" in told(await press(browser, desk, "Appelée"))


async def test_rule_19_needs_level_and_a_plan_are_noted_with_its_next_sessions(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    await hears(site.assembly.database, taxes())
    far = scheduled().model_copy(
        update={"training_id": TAXES, "training_title": "Déclarer ses impôts", "place": VALENCE}
    )
    near = far.model_copy(update={"session_id": SessionId(uuid7()), "place": PLACE})
    await hears(site.assembly.database, far, near)
    here = f"/dossiers/{people[0]}"
    async with visiting(app) as browser:
        noted = await press(browser, await browser.get(here), "Noter</button>", needs=["safety"], level="débutant")
        assert "Besoins Éviter les arnaques, protéger ses comptes Niveau Débutant" in told(noted)
        choose = await browser.get(f"{here}/parcours?q=impôts")
        planned = await press(browser, choose, "Ajouter au parcours")
        plan = told(planned).partition("Son parcours")[2].partition("Trouver une séance")[0]
        assert "Déclarer ses impôts 1 heure, niveau débutant." in plan
        assert plan.index("8 Fablab, Crest, à moins d'un kilomètre") < plan.index("Médiathèque, Valence, à 25 km")
        assert "réservée" in told(await press(browser, planned, "Réserver cette séance"))
        gone = await press(browser, await browser.get(here), "Retirer du parcours")
        assert "Aucune formation prévue" in gone.text


async def test_a_plan_is_put_in_order(site: Site, app: FastAPI, people: list[BeneficiaryId]) -> None:
    database, wifi = site.assembly.database, TrainingId(UUID(int=41))
    await hears(database, taxes(), taxes().model_copy(update={"training_id": wifi, "title": "Installer le wifi"}))
    here = f"/dossiers/{people[0]}"
    await database.transact(lambda tx: usecases.plan(tx, people[0], [TAXES, wifi], by=ME))
    async with visiting(app) as browser:
        await press(browser, await browser.get(here), 'value="later"')
        async with database.reading() as reading:
            assert (await queries.file(reading, people[0])).plan == [wifi, TAXES]
        await press(browser, await browser.get(here), 'value="earlier"')
    async with database.reading() as reading:
        assert (await queries.file(reading, people[0])).plan == [TAXES, wifi]


async def test_sessions_are_found_by_day_then_distance_and_by_how_far_one_can_go(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    valence = scheduled().model_copy(update={"place": VALENCE})
    later = scheduled(TOMORROW + timedelta(days=1)).model_copy(update={"training_title": "Installer le wifi"})
    unknown = PLACE.model_copy(
        update={"name": "Ailleurs", "latitude": None, "longitude": None, "commune_insee": "07001"}
    )
    await hears(site.assembly.database, later, valence, scheduled(), scheduled().model_copy(update={"place": unknown}))
    async with visiting(app) as browser:
        here = f"/dossiers/{people[0]}"
        found = await browser.get(here)
        assert order(found, "à moins d'un kilomètre", "à 25 km", "Ailleurs", "Installer le wifi") == [
            "à moins d'un kilomètre",
            "à 25 km",
            "Ailleurs",
            "Installer le wifi",
        ]
        assert "4 séances trouvées" in told(found)
        assert "2 séances trouvées" in told(await browser.get(f"{here}?km=10&jour="))
        assert "1 séance trouvée" in told(await browser.get(f"{here}?q=wifi crest&jour=&km="))
        day = later.starts_at.astimezone(UTC).date()
        assert "séance" in told(await browser.get(f"{here}?jour={day}&soir=true&libres=true"))
        assert (await browser.get(f"{here}?jour=demain")).status_code == 422


async def test_rule_18_a_full_session_is_waited_for_and_the_offer_answered_after_a_call(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    session = await new_session(database, capacity=1)
    taken = await book(database, session, people[1])
    here = f"/dossiers/{people[0]}"
    async with visiting(app) as browser:
        waiting = await press(browser, await browser.get(here), "Mettre en liste d'attente")
        assert "Arrivée n° 1 dans la liste" in waiting.text
        left = await press(browser, waiting, "Quitter la liste d'attente")
        assert "n'est plus en liste d'attente" in told(left)
        await wait(database, session, people[0])
        await cancel(database, taken)
        offered = await browser.get(here)
        assert "place proposée" in offered.text
        assert "La place est réservée." in (await press(browser, offered, "Elle prend la place")).text
    assert await use(database, people[0]) == (4, 1, 0)


async def test_rule_16_the_button_says_when_it_will_count_as_an_absence(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    soon = datetime.now(UTC) + timedelta(hours=3)
    await book(database, await new_session(database, starts=soon), people[0])
    await book(database, await new_session(database), people[0])
    here = f"/dossiers/{people[0]}"
    async with visiting(app) as browser:
        file = await browser.get(here)
        assert "Annuler cette réservation" in file.text
        late = await press(browser, file, "Annuler quand même (compte comme une absence)")
        assert "Elle compte comme une absence." in late.text
        refused = await press(browser, file, "Annuler cette réservation", reason="elle a la grippe")
        assert refused.status_code == 422
        assert "annulée" in (await press(browser, file, "Annuler cette réservation")).text
    async with database.reading() as reading:
        assert (await queries.wallet(reading, people[0])).late_cancellations == 1


async def test_rule_17_a_late_cancellation_is_overruled_from_the_file_and_by_the_persons_own_mediator(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database, elsewhere = site.assembly.database, scheduled().model_copy(update={"mediator_id": MediatorId(uuid7())})
    missed, late = elsewhere, elsewhere.model_copy(update={"session_id": SessionId(uuid7())})
    await hears(database, missed, late)
    await mark(database, await book(database, missed.session_id, people[0]), attended=False)
    await cancel(database, await book(database, late.session_id, people[0]), before=timedelta(hours=1))
    async with visiting(app) as browser:
        file = await browser.get(f"/dossiers/{people[0]}")
        assert "annulée trop tard, le chèque est utilisé Rendre l'heure" in told(file)
        async with visiting(app, OTHER_MEDIATOR) as other:
            refused = await press(other, file, "Rendre l'heure", reason="la personne avait prévenu")
            assert refused.status_code == 403
        given = await press(browser, file, "Rendre l'heure", reason="la personne avait prévenu")
    assert given.url.path == f"/dossiers/{people[0]}"
    assert "Les chèques sont rendus." in given.text
    assert "Rendre l'heure" not in given.text
    assert await use(database, people[0]) == (5, 0, 0)


async def test_rule_19_a_file_is_handed_over_with_a_reason_and_its_history_is_kept(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    await hears(site.assembly.database, colleague())
    here, to = f"/dossiers/{people[0]}", str(OTHER_MEDIATOR.mediator_id)
    async with visiting(app) as browser:
        file = await browser.get(here)
        reason = "plus près de chez la personne"
        done = await press(browser, file, "Transmettre ce dossier", to_mediator_id=to, reason=reason)
        assert "Le dossier est transmis" in done.text
        assert (await browser.get(here)).status_code == 403
    async with visiting(app, OTHER_MEDIATOR) as browser:
        taken = told(await press(browser, await browser.get("/"), "Reprendre ce dossier"))
    assert f"transmis par Démo Karim à Démo Lucie ({reason})" in taken
    assert "repris par Démo Lucie, moins d'une heure après la proposition" in taken


async def test_rule_15_the_ledger_page_tells_each_move_its_cause_and_its_author(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    await book(database, await new_session(database), people[0])
    async with visiting(app) as browser:
        ledger = told(await browser.get(f"/dossiers/{people[0]}/registre"))
    assert "chéquier 1, chèque 5 reçu, à utiliser prescription le centre" in ledger
    assert "chéquier 1, chèque 1 à utiliser, puis réservé réservation : Envoyer un e-mail" in ledger
    assert "le médiateur (Démo Karim)" in ledger


async def test_rule_20_several_people_are_booked_at_once_each_told_and_none_twice(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    database = site.assembly.database
    session = await new_session(database, capacity=2)
    await book(database, await new_session(database), people[2])  # at the same time
    async with visiting(app) as browser:
        form = await browser.get(f"/seances/{session}/inscrire")
        everyone = [str(one) for one in people]
        for _ in range(2):  # a page that is loaded again asks for the same once more
            done = told(await press(browser, form, "Inscrire les personnes cochées", beneficiary_id=everyone))
            assert "Démo Jeanne D. : inscrite." in done
            assert "Démo Odile D. : inscrite." in done
            assert "Démo Marcel D. : pas inscrite. Cette personne a déjà une séance à ce moment-là." in done
        assert "Personne n'était coché" in told(await press(browser, form, "Inscrire les personnes"))
    assert [await use(database, one) for one in people] == [(4, 1, 0)] * 3


async def test_rule_19_nobody_books_the_people_of_another_mediator(
    site: Site, app: FastAPI, people: list[BeneficiaryId]
) -> None:
    session = await new_session(site.assembly.database)
    async with visiting(app, OTHER_MEDIATOR) as browser:
        form = await browser.get(f"/seances/{session}/inscrire")
        assert "Personne parmi vos dossiers" in form.text
    async with visiting(app) as browser, visiting(app, OTHER_MEDIATOR) as other:
        mine = await browser.get(f"/seances/{session}/inscrire")
        assert "Démo Jeanne D." in mine.text
        assert (await press(other, mine, "Inscrire", beneficiary_id=[str(people[0])])).status_code == 403
