"""Codes that a person reads aloud and types: unguessable, no look-alikes, one check character. Rule 6."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O, 1 I L, U (read as V)
VOUCHER_LENGTH = 12
BOOK_LENGTH = 8
GROUP = 4


def check_character(code: str) -> str:
    """Sums a code as Luhn did, in our alphabet: it finds one wrong character and most neighbours swapped."""
    total = 0
    for position, character in enumerate(reversed(code)):
        value = ALPHABET.index(character) * (1 if position % 2 else 2)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]


def new_code(length: int) -> str:
    """Makes a code in groups of four; the last character is the check."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    whole = body + check_character(body)
    return as_printed(whole)


def as_printed(text: str) -> str:
    """Writes groups of four capitals, whatever was typed between them; U is read as V."""
    bare = "".join(character for character in text.upper().replace("U", "V") if character.isalnum())
    return "-".join(bare[start : start + GROUP] for start in range(0, len(bare), GROUP))


def nearly(text: str) -> set[str]:
    """The codes from which one slip of a finger makes this text: a character wrong, too many or missing, or two
    neighbours swapped (Damerau's distance 1). The check character leaves about one in thirty of them.
    """
    bare = as_printed(text).replace("-", "")
    cuts = [(bare[:at], bare[at:]) for at in range(len(bare) + 1)]
    slips = {head + tail[1:] for head, tail in cuts if tail}
    slips |= {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    slips |= {head + letter + tail[1:] for head, tail in cuts if tail for letter in ALPHABET}
    slips |= {head + letter + tail for head, tail in cuts for letter in ALPHABET}
    return {as_printed(code) for code in slips if len(code) in {BOOK_LENGTH, VOUCHER_LENGTH} and is_valid(code)}


def is_valid(code: str) -> bool:
    bare = code.upper().replace("-", "").replace(" ", "")
    return len(bare) > 1 and set(bare) <= set(ALPHABET) and check_character(bare[:-1]) == bare[-1]
