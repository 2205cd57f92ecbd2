"""Opening hours as OpenStreetMap writes them, said in French: by examples, and whatever they are put together from."""

import re
from itertools import product

import pytest

from services.catalogue.standards import are_opening_hours, in_french

SEASONS = (
    "", "May ", "May-Sep ", "Apr-Oct ", "Aug-Jan ", "Aug 1-15 ", "Aug 01-15 ", "Oct 01-Mar 31 ", "Oct 01-Mar 31: ",
    "Nov-Feb: ", "week 1-53/2 ", "week 10-20 ",
)  # fmt: skip
DAYS = ("", "Mo ", "Mo-Fr ", "Mo,We ", "Mo[1] ", "SH ", "PH ", "SH Mo-Fr ", "SH,PH ")
TIMES = ("09:00-12:00", "09:30-12:00,13:30-17:00", "14:00+", "off", "24/7", '10:00-12:00 "sur rendez-vous"')
STRANGE = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mo|Tu|We|Th|Fr|Sa|Su|PH|SH|week|off)\b"
    r"|\bde [aeiou]|:\d|\d:|,,| ,|  |,$| : .* : .*[^,] : |\bde : |\b0\d"
)


@pytest.mark.parametrize(
    ("osm", "french"),
    [
        (
            "Mo-Fr 09:00-12:00,13:30-17:00; Sa 09:00-12:00; PH off",
            ["du lundi au vendredi : 9 h à 12 h, 13 h 30 à 17 h", "samedi : 9 h à 12 h", "jours fériés : fermé"],
        ),
        ("24/7", ["jour et nuit"]),
        ("Mo[1] 10:00-12:00", ["1er lundi du mois : 10 h à 12 h"]),
        ("week 1-53/2 Tu 09:00-12:00", ["semaines impaires, mardi : 9 h à 12 h"]),
        ("Jul 01-Aug 31 Mo-Fr 09:00-12:00", ["du 1er juillet au 31 août, du lundi au vendredi : 9 h à 12 h"]),
        ("May-Sep 09:00-12:00", ["de mai à septembre : 9 h à 12 h"]),
        ("Apr-Oct Sa 09:00-12:00", ["d'avril à octobre, samedi : 9 h à 12 h"]),
        ("Aug 1-15 off", ["du 1er au 15 août : fermé"]),
        ("Oct 01-Mar 31: Mo 09:00-12:00", ["du 1er octobre au 31 mars, lundi : 9 h à 12 h"]),
        ("SH Mo-Fr 09:00-12:00", ["vacances scolaires, du lundi au vendredi : 9 h à 12 h"]),
        ("Jul,Aug Mo 14:00+", ["juillet, août, lundi : à partir de 14 h"]),
        ("14:00+", ["à partir de 14 h"]),
        ("Mo 09:00-12:00, Sa 10:00-12:00", ["lundi : 9 h à 12 h, samedi : 10 h à 12 h"]),
        ('Tu 14:00+; Su off "sur rendez-vous"', ["mardi : à partir de 14 h", "dimanche : fermé (sur rendez-vous)"]),
    ],
)
def test_opening_hours_are_said_in_french(osm: str, french: list[str]) -> None:
    assert are_opening_hours(osm)
    assert in_french(osm) == french


@pytest.mark.parametrize("season", SEASONS)
def test_whatever_the_season_the_days_and_the_hours_it_is_french(season: str) -> None:
    for days, times in product(DAYS, TIMES):
        osm = f"{season}{days}{times}"
        assert are_opening_hours(osm), osm
        [french] = in_french(osm)
        assert not STRANGE.search(french), f"{osm} : {french}"
        assert (" : " in french) == bool(season or days), f"{osm} : {french}"
