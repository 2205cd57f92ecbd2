"""The number that the State knows an establishment by: whether its digits agree, and what a spreadsheet does to it."""

import re

LENGTH = 14
OF_THE_POST = "356000000"
"""All digits of La Poste's establishments add up to a multiple of five; its head office alone obeys the usual key."""


def is_siret(text: str) -> bool:
    """Tell whether it is: fourteen digits, or nine that stand for the company (SIREN), with Luhn's key.

    Of fourteen, both all of them and the company's nine have theirs, as INSEE's own validator asks.
    """
    if not re.fullmatch(r"[0-9]{14}|[0-9]{9}", text):
        return False
    return (_luhn(text) and _luhn(text[:9])) or (text.startswith(OF_THE_POST) and sum(map(int, text)) % 5 == 0)


def with_its_zero(text: str) -> str | None:
    """Complete a number that a spreadsheet took for a quantity: it has lost its zeros at the beginning."""
    if not re.fullmatch(r"[0-9]{11,13}|[0-9]{7,8}", text):
        return None
    whole = text.zfill(LENGTH if len(text) > len(OF_THE_POST) else len(OF_THE_POST))
    return whole if is_siret(whole) else None


def _luhn(digits: str) -> bool:
    """From the right, every second digit counts double, as the sum of its digits."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
