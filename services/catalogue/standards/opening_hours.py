"""OpenStreetMap's opening_hours, as far as places write it: days, weeks, months, holidays, times, comments.

A grammar by expressions, rule by rule: no part of it can match the same text in two ways, so it never runs long.
"""

import re

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


def are_opening_hours(text: str) -> bool:
    """Whole value: every rule must be understood."""
    rules = [rule.strip() for rule in re.split(r";|\|\|", text)]
    return all(_RULE.fullmatch(rule) or _DAYS_ALONE.fullmatch(rule) for rule in rules)
