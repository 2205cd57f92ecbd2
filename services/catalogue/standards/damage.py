"""What programs do to a file on its way: spreadsheets to numbers and dates, wrong conversions to accents."""

import re
from datetime import date, timedelta

CODES = frozenset(("id", "pivot", "telephone", "code_postal", "code_insee"))
"""Values of digits that a spreadsheet takes for quantities."""
PLACES = frozenset(("code_postal", "code_insee"))
SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")
SPOILT = (
    "Un tableur a abîmé ce nombre, des chiffres sont perdus : mettez la colonne au format «Texte» dans le fichier "
    "d'origine, puis enregistrez-le à nouveau."
)
ZERO = "Un tableur avait enlevé le zéro du début : il est remis."
EPOCH = date(1899, 12, 30)  # day 0 of spreadsheets
SERIAL = re.compile(r"[34][0-9]{4}")  # 1982 to 2036
FRENCH_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})")

TWICE = re.compile("Ã[\u0080-\u00bfŒœŠšŸŽžƒˆ˜–-…‹›€™]|Â[\u00a0-\u00bf]|â€[™˜œ“”¦\u009d]")
"""Bytes of UTF-8 that were read as Windows' letters and written as UTF-8 again: «Ã©» for «é»."""
ACCENTED = re.compile("[éèêàçùîôûëïÉÈÀÇœ]")


def spoilt(field: str, text: str) -> bool:
    """Tell whether a number was rounded: «4,34935E+13»."""
    return field in CODES and SCIENTIFIC.fullmatch(text) is not None


def with_its_zero(field: str, text: str) -> str:
    """Complete a code of the départements 01 to 09 whose zero is lost; leave any other text as it is."""
    return f"0{text}" if field in PLACES and re.fullmatch("[1-9][0-9]{3}", text) else text


def day_of(text: str) -> date | None:
    """Read a day as spreadsheets write it: «31/03/2026», «31/03/26», «46112»."""
    if SERIAL.fullmatch(text):
        return EPOCH + timedelta(days=int(text))
    written = FRENCH_DATE.fullmatch(text)
    if not written:
        return None
    day, month, year = map(int, written.groups())
    try:
        return date(year if len(written[3]) > len("26") else 2000 + year, month, day)
    except ValueError:
        return None


def encoded_twice(text: str) -> bool:
    """Tell whether a whole file is: more letters are broken than right. One broken text is put right by itself."""
    broken = len(TWICE.findall(text))
    return broken > 0 and broken >= len(ACCENTED.findall(text))


def decoded(text: str) -> str:
    """Return a text that was encoded twice as it was; any other as it is."""
    if not TWICE.search(text):
        return text
    try:
        return text.encode("cp1252").decode()
    except UnicodeError:
        return text
