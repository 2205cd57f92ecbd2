"""OpenStreetMap's opening_hours, as far as places write it: is it well written, and how is it said in French.

A grammar by expressions, rule by rule: no part of it can match the same text in two ways, so it never runs long.
"""

import re
from collections.abc import Callable

_DAY = r"(?:Mo|Tu|We|Th|Fr|Sa|Su|PH|SH)(?:\[-?[0-9](?:[,-][0-9])*\])?"
_DAYS = rf"{_DAY}(?:-{_DAY})?(?:, ?{_DAY}(?:-{_DAY})?)*"
_MONTH = r"(?:[0-9]{4} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?: [0-9]{1,2})?"
_MONTHS = rf"{_MONTH}(?:-(?:{_MONTH}|[0-9]{{1,2}}))?(?:, ?{_MONTH}(?:-(?:{_MONTH}|[0-9]{{1,2}}))?)*"
_WEEKS = r"week [0-9]{1,2}(?:-[0-9]{1,2}(?:/[0-9])?)?(?:,[0-9]{1,2}(?:-[0-9]{1,2}(?:/[0-9])?)?)*"
_TIME = r"(?:[01][0-9]|2[0-9]):[0-5][0-9]"
_SPAN = rf"{_TIME}(?:-{_TIME}\+?|\+)"
_TIMES = rf"{_SPAN}(?:, ?{_SPAN})*"
_STATE = r"(?:off|closed|open|unknown)"
_SAYS = rf"(?:{_STATE}(?: \"[^\"]*\")?|\"[^\"]*\")"
_WHEN = rf"(?:24/7|{_TIMES})(?: {_SAYS})?|{_SAYS}"
_WIDE = rf"(?:(?:{_WEEKS}|{_MONTHS}):? )?"
_HOLIDAYS = rf"(?:[PS]H (?={_DAY}[ ,-]))?"
_RULE = re.compile(rf"{_WIDE}{_HOLIDAYS}(?:{_DAYS} )?(?:{_WHEN})(?:, {_DAYS} (?:{_WHEN}))*")
_DAYS_ALONE = re.compile(_DAYS)

DAYS = {
    "Mo": "lundi", "Tu": "mardi", "We": "mercredi", "Th": "jeudi", "Fr": "vendredi", "Sa": "samedi", "Su": "dimanche",
    "PH": "jours fériés", "SH": "vacances scolaires",
}  # fmt: skip
MONTHS = {
    "Jan": "janvier", "Feb": "février", "Mar": "mars", "Apr": "avril", "May": "mai", "Jun": "juin", "Jul": "juillet",
    "Aug": "août", "Sep": "septembre", "Oct": "octobre", "Nov": "novembre", "Dec": "décembre",
}  # fmt: skip
STATES = {"off": "fermé", "closed": "fermé", "open": "ouvert", "unknown": "à vérifier"}
RANKS = {"1": "1er", "-1": "dernier"}

_NAMED_DAY = "|".join(DAYS)
_NAMED_MONTH = "|".join(MONTHS)
_DATE = rf"({_NAMED_MONTH})(?: (\d{{1,2}}))?(?!\d|:\d)"  # «Sep 09:00» is a month and an hour
_STEPS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"24/7"), lambda _: "jour et nuit"),
    (re.compile(rf"\b{_DATE}-{_DATE}:?"), lambda m: f"{_from(m[1], m[2])} {_to(m[3], m[4])},"),
    (
        re.compile(rf"\b({_NAMED_MONTH}) (\d{{1,2}})-(\d{{1,2}})(?!\d|:\d):?"),
        lambda m: f"du {_number(m[2])} au {_number(m[3])} {MONTHS[m[1]]},",
    ),
    (re.compile(rf"\b{_DATE}:?(?= (?:{_NAMED_DAY})\b)"), lambda m: f"{_on(m[1], m[2])},"),
    (re.compile(rf"\b{_DATE}:?"), lambda m: _on(m[1], m[2])),
    (
        re.compile(rf"({_NAMED_DAY})\[(-?\d(?:[,-]\d)*)\]"),
        lambda m: f"{' et '.join(RANKS.get(n, f'{n}e') for n in m[2].split(','))} {DAYS[m[1]]} du mois",
    ),
    (re.compile(rf"\b([PS]H) (?=(?:{_NAMED_DAY})\b)"), lambda m: f"{DAYS[m[1]]}, "),
    (re.compile(rf"\b({_NAMED_DAY})-({_NAMED_DAY})\b"), lambda m: f"du {DAYS[m[1]]} au {DAYS[m[2]]}"),
    (re.compile(rf"\b({_NAMED_DAY})\b"), lambda m: DAYS[m[1]]),
    (re.compile(r"week 1-53/2|week 01-53/2"), lambda _: "semaines impaires,"),
    (re.compile(r"week 2-53/2|week 02-53/2|week 2-52/2|week 02-52/2"), lambda _: "semaines paires,"),
    (re.compile(r"\bweek (\d+)-(\d+)(?!\d|/)"), lambda m: f"semaines {int(m[1])} à {int(m[2])} de l'année,"),
    (re.compile(r"\bweek "), lambda _: "semaines "),
    (re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)"), lambda m: f"{_at(m[1], m[2])} à {_at(m[3], m[4])}"),
    (re.compile(r"(\d\d):(\d\d)\+"), lambda m: f"à partir de {_at(m[1], m[2])}"),
    (re.compile(r"\b(off|closed|open|unknown)\b"), lambda m: STATES[m[1]]),
    (re.compile(r'"([^"]*)"'), lambda m: f"({m[1]})"),
    (re.compile(r",(?=\S)"), lambda _: ", "),
    (re.compile(r",,+"), lambda _: ","),
    (re.compile(r",$"), lambda _: ""),
)
_THEN = re.compile(r"(?<=[a-zé\]])(?<!\bh)(?<!\bde),? (?=\d+ h|jour et nuit|à partir|fermé|ouvert|à vérifier)")
"""Between the days and their hours."""


def are_opening_hours(text: str) -> bool:
    """Tell whether every rule of the value is understood."""
    rules = [rule.strip() for rule in re.split(r";|\|\|", text)]
    return all(_RULE.fullmatch(rule) or _DAYS_ALONE.fullmatch(rule) for rule in rules)


def in_french(hours: str) -> list[str]:
    """Say the hours in French, a line a rule: «du lundi au vendredi : 9 h à 12 h, 13 h 30 à 17 h».

    What is not understood stays as it is written.
    """
    return [_rule(rule.strip()) for rule in re.split(r";|\|\|", hours) if rule.strip()]


def _rule(rule: str) -> str:
    for pattern, french in _STEPS:
        rule = pattern.sub(french, rule)
    return _THEN.sub(" : ", rule)


def _at(hour: str, minute: str) -> str:
    return f"{int(hour)} h" if minute == "00" else f"{int(hour)} h {minute}"


def _from(month: str, day: str | None) -> str:
    if day:
        return f"du {_on(month, day)}"
    return ("d'" if month[0] in "AO" else "de ") + MONTHS[month]


def _to(month: str, day: str | None) -> str:
    return f"{'au' if day else 'à'} {_on(month, day)}"


def _on(month: str, day: str | None) -> str:
    return f"{_number(day)} {MONTHS[month]}" if day else MONTHS[month]


def _number(day: str) -> str:
    return "1er" if int(day) == 1 else str(int(day))
