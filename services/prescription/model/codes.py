"""Codes that a person reads aloud and types: unguessable, no look-alikes, one check character. Rule 6."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without 0 O, 1 I L, U (read as V)
VOUCHER_LENGTH = 12
BOOK_LENGTH = 8


def check_character(code: str) -> str:
    """Luhn's sum in our alphabet: finds one wrong character and most neighbours swapped."""
    total = 0
    for position, character in enumerate(reversed(code)):
        value = ALPHABET.index(character) * (1 if position % 2 else 2)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]


def new_code(length: int) -> str:
    """Groups of four; the last character is the check."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    whole = body + check_character(body)
    return "-".join(whole[start : start + 4] for start in range(0, length, 4))


def is_valid(code: str) -> bool:
    bare = code.upper().replace("-", "").replace(" ", "")
    return len(bare) > 1 and set(bare) <= set(ALPHABET) and check_character(bare[:-1]) == bare[-1]
