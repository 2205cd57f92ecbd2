"""Names are one line of what a person can see, and text that a spreadsheet would calculate with is text."""

import pytest

from chassis.texts import harmless, one_line, unseen


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("Jeanne\nDupont", "Jeanne Dupont"),
        ("Jeanne\r\n\tDupont", "Jeanne Dupont"),
        ("Jean\u200bne", "Jeanne"),
        ("\ufeffJeanne", "Jeanne"),
        ("Jean\u00adne", "Jeanne"),
        ("\u202eennaeJ\u202c", "ennaeJ"),
        ("\u2066Jeanne\u2069", "Jeanne"),
        ("Jeanne\u2028Dupont", "Jeanne Dupont"),
        ("  Jeanne   Dupont ", "Jeanne Dupont"),
        ("Jeanne\u00a0Dupont", "Jeanne Dupont"),
        ("Élodie O'Brien-Müller", "Élodie O'Brien-Müller"),
    ],
)
def test_walls_23_a_name_is_one_line_of_what_is_seen(written: str, clean: str) -> None:
    assert one_line(written) == clean


@pytest.mark.parametrize(
    ("written", "remarked"),
    [("Jean\u200bne", True), ("Jeanne\nDupont", True), ("\u202eJeanne", True), (" Jeanne  Dupont ", False)],
)
def test_walls_23_what_was_taken_away_is_remarked_and_spaces_are_not(written: str, remarked: bool) -> None:  # noqa: FBT001 - a case
    assert unseen(written) is remarked


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u00a0=", "\u200b="]
)
def test_walls_21_what_begins_like_a_formula_is_text(sign: str) -> None:
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("text", ["Crest", "8 Fablab", "Saint-Vallier", "", "'déjà"])
def test_walls_21_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text
