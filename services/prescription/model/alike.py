"""When two names may be one person's: a married name, an initial, a particle, a slip of a finger. Rule 5."""

import re
from collections.abc import Iterable
from itertools import product

from chassis.plain import plain

ENOUGH = 0.7  # closeness of two names
TWO_FOR_ONE = re.compile("([aou])e|(?<=a)a")
PARTICLES = {
    "de", "d", "du", "des", "la", "le", "les", "l", "el", "al", "ben", "bin", "ibn", "bint", "ould", "bou",
    "van", "von", "der", "den", "da", "das", "dos", "do", "di", "del", "della", "jr", "junior", "sr", "fils",
}  # fmt: skip


def whole_names(first_name: str, last_name: str, birth_name: str | None) -> set[str]:
    """Answers, in plain letters, the name in use and the name at birth."""
    return {plain(f"{last} {first_name}") for last in (last_name, birth_name) if last}


def any_alike(names: Iterable[str], other_names: Iterable[str]) -> bool:
    return any(names_alike(name, other_name) for name, other_name in product(names, other_names))


def names_alike(name: str, other: str) -> bool:
    """Says if one has all words of the other, as a married name beside a double one; or nearly all letters."""
    first, second = _words(name), _words(other)
    return _all_in(first, second) or _all_in(second, first) or closeness(name, other) >= ENOUGH


def one_letter_each(plain_name: str) -> str:
    """Passports write ä, ö, ü, ø and å with two letters: «OEZTUERK» is «Öztürk», «AAGAARD» is «Ågård»."""
    return TWO_FOR_ONE.sub(r"\1", plain_name)


def _words(name: str) -> set[str]:
    """Without «de», «El», «Jr», as long as two words stay."""
    words = set(one_letter_each(name).split())
    significant = words - PARTICLES
    return significant if len(significant) > 1 else words


def _all_in(few: set[str], many: set[str]) -> bool:
    return all(any(_same(word, other) for other in many) for word in few)


def _same(word: str, other: str) -> bool:
    """An initial is the word that begins so."""
    short, long = sorted((word, other), key=len)
    return word == other or (len(short) == 1 and long.startswith(short))


def closeness(name: str, other: str) -> float:
    """Measures, from 0 to 1, how many pairs of letters they share (Dice); the order of the words does not count."""
    first, second = pairs(one_letter_each(name)), pairs(one_letter_each(other))
    return 2 * len(first & second) / max(1, len(first) + len(second))


def pairs(text: str) -> set[str]:
    return {word[at : at + 2] for word in (f" {part} " for part in text.split()) for at in range(len(word) - 1)}
