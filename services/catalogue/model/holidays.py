"""Days on which no series is put on: bank holidays, and school holidays of zone A, where the Drôme is."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from dateutil.easter import easter
from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

ZONE = "A"  # académie de Grenoble
FIXED = {
    (1, 1): "jour de l'An",
    (5, 1): "fête du Travail",
    (5, 8): "8 mai",
    (7, 14): "fête nationale",
    (8, 15): "Assomption",
    (11, 1): "Toussaint",
    (11, 11): "11 novembre",
    (12, 25): "Noël",
}
AFTER_EASTER = {1: "lundi de Pâques", 39: "Ascension", 50: "lundi de Pentecôte"}


def bank_holiday(day: date) -> str:
    """Name the bank holiday of that day, or nothing. Code du travail, art. L3133-1."""
    moved = AFTER_EASTER.get((day - easter(day.year)) // timedelta(days=1), "")
    return FIXED.get((day.month, day.day), moved)


def school_holiday(day: date) -> str:
    """Name the school holiday of that day, as «Vacances de printemps», or nothing."""
    return _school_days(day.year).get(day, "")


def school_days_known(day: date) -> bool:
    """Tell whether the ministry has published them up to that day: it does so a few years ahead."""
    return any(known >= day for year in (day.year, day.year + 1) for known in _school_days(year))


@cache
def _school_days(year: int) -> Mapping[date, str]:
    try:
        holidays = SchoolHolidayDates().holidays_for_year_and_zone(year, ZONE)
    except UnsupportedYearException:
        return {}
    return {day: holiday["nom_vacances"] for day, holiday in holidays.items()}
