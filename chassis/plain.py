"""Letters of every language in plain ones, and text as it is compared. One library for both: docs/decisions/0090."""

import re
import unicodedata
from collections.abc import Callable

from anyascii import anyascii

HIDDEN = "Cf"  # of Unicode


class Rewriting(dict[int, str]):
    """What is written for each character, found once: `str.translate` then runs at full speed."""

    def __init__(self, written: Callable[[str], str]) -> None:
        super().__init__()
        self.written = written

    def __missing__(self, code: int) -> str:
        self[code] = self.written(chr(code))
        return self[code]


def latin(character: str) -> str:
    """Write in Latin letters: «ł» → «l», «Œ» → «Oe», «ш» → «sh», «’» → «'».

    Nothing of an invisible character or a picture.
    """
    kind = unicodedata.category(character)
    if kind[0] == "S":  # of «№» its letters, of «°» and «🎓» nothing
        return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "" if kind == HIDDEN else anyascii(character)


def _compared(character: str) -> str:
    blank = unicodedata.category(character)[0] in "SZ"
    return latin(character).lower() or (" " if blank else "")


COMPARED = Rewriting(_compared)
SEEN = Rewriting(lambda character: "" if unicodedata.category(character) == HIDDEN else character)
"""Without what has no width, or turns the direction of writing."""


def plain(text: str) -> str:
    """Fold to compare: «Saint-Étienne d'Œil» → «saint etienne d oeil», «Işıl KILIÇ» → «isil kilic»."""
    return " ".join(re.findall(r"[a-z0-9]+", text.translate(COMPARED)))


def is_called(name: str, asked: str) -> bool:
    """Return whether each word that was asked for begins one of the name, or is begun by one that is a mere initial.

    Everything is called so when nothing was asked.
    """
    words = plain(name).split()
    return all(
        any(word.startswith(of) or (len(word) == 1 and of.startswith(word)) for word in words)
        for of in plain(asked).split()
    )


def in_latin_letters(text: str) -> bool:
    """Return whether at least one of them is: a name of one letter, «Ł», is enough."""
    return any("LATIN" in unicodedata.name(character, "") for character in text)


def visible(text: str) -> str:
    """Return it as it is read.

    Without invisible characters, which come along with a copied address, accents composed.
    """
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text.translate(SEEN)).strip()
