"""A person's file: what they need, where the next hour is near, and what became of the file."""

from datetime import UTC, timedelta
from uuid import UUID

from fastapi import FastAPI

from chassis.site import Site
from contracts.catalogue import TrainingPublished
from contracts.ids import BeneficiaryId, SessionId, TrainingId, uuid7
from services.booking import queries, usecases
from tests.actors import OTHER_MEDIATOR
from tests.booking.browsing import order, press, text_of, visiting
from tests.booking.conftest import book, deliver, new_session
from tests.booking.events import ME, PLACE, TOMORROW, colleague, scheduled

VALENCE = PLACE.model_copy(
    update={"name": "Médiathèque", "commune": "Valence", "commune_insee": "26362", "latitude": 44.93, "longitude": 4.89}
)
TAXES = TrainingId(UUID(int=40))


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


async def test_rule_19_needs_level_and_a_plan_are_noted_with_its_next_sessions(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    await deliver(site.runtime.database, taxes())
    far = scheduled().model_copy(
        update={"training_id": TAXES, "training_title": "Déclarer ses impôts", "place": VALENCE}
    )
    near = far.model_copy(update={"session_id": SessionId(uuid7()), "place": PLACE})
    await deliver(site.runtime.database, far, near)
    here = f"/dossiers/{in_care[0]}"
    async with visiting(app) as browser:
        noted = await press(browser, await browser.get(here), "Noter</button>", needs=["safety"], level="débutant")
        assert "Besoins Éviter les arnaques, protéger ses comptes Niveau Débutant" in text_of(noted)
        choose = await browser.get(f"{here}/parcours?q=impôts")
        planned = await press(browser, choose, "Ajouter au parcours")
        plan = text_of(planned).partition("Son parcours")[2].partition("Trouver une séance")[0]
        assert "Déclarer ses impôts 1 heure, niveau débutant." in plan
        assert plan.index("8 Fablab, Crest, à moins d'un kilomètre") < plan.index("Médiathèque, Valence, à 25 km")
        assert "réservée" in text_of(await press(browser, planned, "Réserver cette séance"))
        gone = await press(browser, await browser.get(here), "Retirer du parcours")
        assert "Aucune formation prévue" in gone.text


async def test_a_plan_is_put_in_order(site: Site, app: FastAPI, in_care: list[BeneficiaryId]) -> None:
    database, wifi = site.runtime.database, TrainingId(UUID(int=41))
    await deliver(database, taxes(), taxes().model_copy(update={"training_id": wifi, "title": "Installer le wifi"}))
    here = f"/dossiers/{in_care[0]}"
    await database.transact(lambda tx: usecases.plan(tx, in_care[0], [TAXES, wifi], by=ME))
    async with visiting(app) as browser:
        await press(browser, await browser.get(here), 'value="later"')
        async with database.reading() as reading:
            assert (await queries.file(reading, in_care[0])).plan == [wifi, TAXES]
        await press(browser, await browser.get(here), 'value="earlier"')
    async with database.reading() as reading:
        assert (await queries.file(reading, in_care[0])).plan == [TAXES, wifi]


async def test_sessions_are_found_by_day_then_distance_and_by_how_far_one_can_go(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    valence = scheduled().model_copy(update={"place": VALENCE})
    later = scheduled(TOMORROW + timedelta(days=1)).model_copy(update={"training_title": "Installer le wifi"})
    unknown = PLACE.model_copy(
        update={"name": "Ailleurs", "latitude": None, "longitude": None, "commune_insee": "07001"}
    )
    await deliver(site.runtime.database, later, valence, scheduled(), scheduled().model_copy(update={"place": unknown}))
    async with visiting(app) as browser:
        here = f"/dossiers/{in_care[0]}"
        page = await browser.get(here)
        assert order(page, "à moins d'un kilomètre", "à 25 km", "Ailleurs", "Installer le wifi") == [
            "à moins d'un kilomètre",
            "à 25 km",
            "Ailleurs",
            "Installer le wifi",
        ]
        assert "4 séances trouvées" in text_of(page)
        assert "2 séances trouvées" in text_of(await browser.get(f"{here}?km=10&jour="))
        assert "1 séance trouvée" in text_of(await browser.get(f"{here}?q=wifi crest&jour=&km="))
        day = later.starts_at.astimezone(UTC).date()
        assert "séance" in text_of(await browser.get(f"{here}?jour={day}&soir=true&libres=true"))
        assert (await browser.get(f"{here}?jour=demain")).status_code == 422


async def test_rule_19_a_file_is_handed_over_with_a_reason_and_its_history_is_kept(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    await deliver(site.runtime.database, *colleague())
    here, to = f"/dossiers/{in_care[0]}", str(OTHER_MEDIATOR.mediator_id)
    async with visiting(app) as browser:
        file = await browser.get(here)
        reason = "plus près de chez la personne"
        done = await press(browser, file, "Transmettre ce dossier", to_mediator_id=to, reason=reason)
        assert "Le dossier est transmis" in done.text
        assert (await browser.get(here)).status_code == 403
    async with visiting(app, OTHER_MEDIATOR) as browser:
        taken = text_of(await press(browser, await browser.get("/mediateur"), "Reprendre ce dossier"))
    assert f"transmis par Démo Karim à Démo Lucie ({reason})" in taken
    assert "repris par Démo Lucie, moins d'une heure après la proposition" in taken


async def test_rule_15_the_ledger_page_tells_each_move_its_cause_and_its_author(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    await book(database, await new_session(database), in_care[0])
    async with visiting(app) as browser:
        ledger = text_of(await browser.get(f"/dossiers/{in_care[0]}/registre"))
    assert "chéquier 1, chèque 5 reçu, à utiliser prescription le centre" in ledger
    assert "chéquier 1, chèque 1 à utiliser, puis réservé réservation : Envoyer un e-mail" in ledger
    assert "le médiateur (Démo Karim)" in ledger
