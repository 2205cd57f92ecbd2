"""Names of communes as residents say them: of today, of before a merger, of a hamlet."""

import pytest
from fastapi import FastAPI

from chassis.db import Database
from county.communes import FormerCommune, all_communes, by_insee, called, communes_called, former_communes, name_of
from services.prescription import queries
from services.prescription.model import Registration, residence
from services.prescription.model.centre import CentreForm
from tests.prescription.conftest import PERSON
from tests.prescription.steps import registered
from tests.real_life.tables import Table

UNKNOWN = "aucune : la fiche demande de vérifier"
NAMES = Table(
    "Les communes, comme les habitants les disent",
    "Le nom d'avant une fusion mène à la commune d'aujourd'hui. Si plusieurs conviennent, on demande laquelle.",
    ("Dit", "Commune enregistrée", "Pourquoi"),
    (
        ("Montrigaud", "Valherbasse", "commune déléguée depuis 2019"),
        ("MIRIBEL", "Valherbasse", "commune déléguée depuis 2019"),
        ("Saint-Bonnet-de-Valclérieux", "Valherbasse", "commune déléguée depuis 2019"),
        ("st bonnet de valclerieux", "Valherbasse", "«St», sans accents"),
        ("Aix-en-Diois", "Solaure en Diois", "commune déléguée depuis 2016"),
        ("Molières-Glandaz", "Solaure en Diois", "commune déléguée depuis 2016"),
        ("Treschenu-Creyers", "Châtillon-en-Diois", "commune déléguée depuis 2019"),
        ("La Motte de Galaure", "Saint-Jean-de-Galaure", "commune déléguée depuis 2022"),
        ("Mureils", "Saint-Jean-de-Galaure", "commune déléguée depuis 2022"),
        ("Véronne", "Saillans", "réunie en 2025"),
        ("Veaunes", "Mercurol-Veaunes", "réunie en 2016"),
        ("Mercurol", "Mercurol-Veaunes", "réunie en 2016"),
        ("Bonneval en Diois", "Boulc", "réunie en 1974"),
        ("l'Escoulin", "Eygluy-Escoulin", "réunie en 1971, avec l'article"),
        ("Escoulin", "Eygluy-Escoulin", "sans l'article"),
        ("La Rochette sur Crest", "Vaunaveys-la-Rochette", "réunie en 1972"),
        ("Petit Paris", "Saint-Nazaire-le-Désert", "réunie en 1966"),
        ("Châteauneuf d'Isère", "Châteauneuf-sur-Isère", "nom d'avant 1961"),
        ("Tain l'Hermitage", "Tain-l'Hermitage", "sans trait d'union"),
        ("Tain Lhermitage", "Tain-l'Hermitage", "sans apostrophe"),
        ("St-Donat s/ l'Herbasse", "Saint-Donat-sur-l'Herbasse", "abrégé"),
        ("Ste Jalle", "Sainte-Jalle", "«Ste»"),
        ("Bourg les Valence", "Bourg-lès-Valence", "sans accents"),
        ("la Vacherie", "Le Chaffal", "hameau"),
        ("Les Barraques-en-Vercors", "La Chapelle-en-Vercors", "hameau"),
        ("St Didier de Charpey", "Charpey", "hameau"),
        ("L'Homme d'Armes", "Savasse", "hameau"),
        ("Les Petits Robins", "Livron-sur-Drôme", "hameau"),
        ("Valence", "Valence", "le nom exact, quand d'autres commencent ainsi"),
        ("Rousset", "Rousset-les-Vignes", "le début du nom d'une seule commune"),
        ("La Rochette", "laquelle ?", "deux communes"),
        ("Mirabel", "laquelle ?", "deux communes"),
        ("26350", "laquelle ?", "un code postal ne suffit pas"),
        ("Grenoble", UNKNOWN, "pas dans la Drôme"),
        ("Pont-en-Royans", UNKNOWN, "de l'autre côté de la limite"),
    ),
)
CODES = Table(
    "Les codes d'avant une fusion",
    "Un code INSEE d'avant est compris et devient celui d'aujourd'hui, partout où un programme l'envoie.",
    ("Code envoyé", "Code enregistré", "Commune"),
    tuple(
        sorted(
            {
                (former.insee, former.into, all_communes()[former.into].name)
                for former in former_communes()
                if former.insee not in {"", former.into}
            }
        )
    ),
)
TABLES = (NAMES, CODES)


def answered(text: str) -> str:
    lives = residence.read(text)
    if lives.commune:
        return lives.commune.name
    return "laquelle ?" if lives.among else UNKNOWN


@pytest.mark.parametrize(("typed", "commune", "_why"), NAMES.rows)
def test_rule_3_a_commune_is_known_by_the_names_that_people_say(typed: str, commune: str, _why: str) -> None:
    assert answered(typed) == commune


@pytest.mark.parametrize("former", former_communes(), ids=lambda one: one.name)
def test_rule_3_every_former_name_leads_to_the_commune_of_today(former: FormerCommune) -> None:
    assert former.into in {commune.insee for commune in communes_called(former.name)}
    assert [one.insee for one in called(former.name)] == [former.into]


@pytest.mark.parametrize(("code", "today", "name"), CODES.rows)
def test_rule_3_a_code_of_before_a_merger_follows_it(code: str, today: str, name: str) -> None:
    assert Registration.model_validate({**PERSON, "commune_insee": code}).commune_insee == today
    assert CentreForm(name="Centre", kind="cms", commune_insee=code).commune_insee == today
    assert name_of(code) == name
    found = by_insee(code)
    assert found
    assert found.insee == today


def test_no_former_commune_is_one_of_today_and_each_is_told_once() -> None:
    former = former_communes()
    assert {one.into for one in former} <= {*all_communes()}
    assert not {one.insee for one in former if one.insee != one.into} & {*all_communes()}
    assert len({one.name for one in former}) == len(former)
    assert all(one.since or one.is_hamlet for one in former)


async def test_rule_3_who_gives_the_name_of_before_is_registered_in_the_commune_of_today(
    app: FastAPI, database: Database
) -> None:
    await registered(app, commune_insee="26297", confirmed=True)
    async with database.reading() as reading:
        [person] = (await queries.people_matching(reading, str(PERSON["last_name"]))).people
    assert person.commune_insee == "26210"
