"""Bank holidays of the law and school holidays of zone A, which a series leaves out."""

from datetime import date, timedelta

import pytest

from services.catalogue.model.holidays import bank_holiday, school_days_known, school_holiday
from services.catalogue.model.series import UNKNOWN_YET
from tests.catalogue.planning import ANY, series


def test_every_tuesday_leaves_out_school_holidays_and_bank_holidays() -> None:
    slots = [*series(ANY, starts_at="2026-04-01T14:00", until="2026-05-20").slots()]
    left_out = {slot.day.isoformat(): slot.against for slot in slots if slot.against}
    assert left_out == {"2026-04-08": "vacances de printemps", "2026-04-15": "vacances de printemps"}
    fridays = [*series(ANY, starts_at="2026-05-01T14:00", until="2026-05-08").slots()]
    assert [slot.against for slot in fridays] == ["jour férié, fête du Travail", "jour férié, 8 mai"]


def test_school_holidays_that_are_not_published_yet_are_said_and_not_guessed() -> None:
    assert school_days_known(date(2027, 12, 31))
    far = [*series(ANY, starts_at="2035-01-08T14:00", until="2035-01-09").slots()]
    assert [slot.against for slot in far] == [UNKNOWN_YET]
    anyway = [*series(ANY, starts_at="2035-01-08T14:00", until="2035-01-09", in_holidays=True).slots()]
    assert [slot.against for slot in anyway] == [""]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-04-06", "lundi de Pâques"),
        ("2026-05-14", "Ascension"),
        ("2026-05-25", "lundi de Pentecôte"),
        ("2027-03-29", "lundi de Pâques"),
        ("2026-07-14", "fête nationale"),
        ("2026-04-03", ""),  # Good Friday is one in Alsace only
    ],
)
def test_bank_holidays_are_those_of_the_law(day: str, name: str) -> None:
    assert bank_holiday(date.fromisoformat(day)) == name


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-02-07", "2026-02-22"), ("2026-10-17", "2026-11-01"), ("2027-02-13", "2027-02-28")],
)
def test_school_holidays_are_those_of_zone_a(first: str, last: str) -> None:
    """Arrêté du 7 décembre 2022 and its successors: the académie de Grenoble is in zone A."""
    begins, ends = date.fromisoformat(first), date.fromisoformat(last)
    assert school_holiday(begins)
    assert school_holiday(ends)
    assert not school_holiday(begins - timedelta(days=1))
    assert not school_holiday(ends + timedelta(days=1))
