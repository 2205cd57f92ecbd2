"""Places whose texts a spreadsheet would calculate with, or that hide characters, are put right at import."""

import pytest

from services.catalogue.standards import PlacesFile, places_to_csv, read_places
from tests.catalogue.conftest import place

HEAD = "Ce texte commençait comme une formule de tableur : le signe du début est enlevé."
HIDDEN = "Ce texte contenait des caractères invisibles : ils sont enlevés."


def imported(**values: str) -> PlacesFile:
    written = places_to_csv([place("drome-1")])
    for name, text in values.items():
        header, row, *_ = written.splitlines()
        cells = row.split('","')
        cells[[*header.replace('"', "").split(",")].index(name)] = text
        written = f"{header}\n" + '","'.join(cells) + "\n"
    return read_places(written.encode(), elsewhere=True)


@pytest.mark.parametrize("sign", ["=", "@", "＝", "+-", "= ＠", "\u200b="])
def test_walls_21_a_place_that_begins_with_a_formula_is_remarked(sign: str) -> None:
    reading = imported(nom=f"{sign}HYPERLINK(1)")
    assert reading.places[0].nom == "HYPERLINK(1)"
    assert [(remark.field, remark.severity, remark.sentence) for remark in reading.remarks] == [("nom", "mended", HEAD)]


def test_walls_21_telephones_and_positions_keep_their_sign() -> None:
    nantes = {"commune": "Nantes", "code_postal": "44000", "code_insee": "44109", "latitude": "47.218"}
    reading = imported(telephone="+33475000000", longitude="-1.5", **nantes)
    assert (reading.places[0].telephone, reading.places[0].longitude) == ("+33475000000", -1.5)


def test_walls_23_a_place_with_hidden_characters_is_remarked() -> None:
    reading = imported(nom="Mé\u200bdiathèque \u202ede Crest")
    assert reading.places[0].nom == "Médiathèque de Crest"
    assert [(remark.field, remark.severity, remark.sentence) for remark in reading.remarks] == [
        ("nom", "mended", HIDDEN)
    ]
