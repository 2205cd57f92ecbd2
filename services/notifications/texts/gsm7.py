"""The alphabet of an SMS (3GPP TS 23.038), and French put into it. Rule 22.

One character outside of it and a message of 160 characters falls to 70: such a text is rewritten, never sent as it is.
"""

import unicodedata
from math import ceil

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("^{}\\[~]|€")
ONE, MANY = 160, 153  # characters in a message alone, and in each part of a longer one
REWRITTEN = str.maketrans(
    {
        "œ": "oe",
        "Œ": "OE",
        "«": '"',
        "»": '"',
        "“": '"',
        "”": '"',
        "’": "'",
        "‘": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "·": "-",
        "°": "o",
    }
)


def gsm7(text: str) -> str:
    """The text in the alphabet: é è à ù stay, ê becomes e, ç becomes c, what has no letter is left out."""
    return "".join(_written(c) for c in text.translate(REWRITTEN))


def _written(character: str) -> str:
    if character in BASIC or character in EXTENDED:
        return character
    bare = unicodedata.normalize("NFKD", character)
    return "".join(c for c in bare if c in BASIC)


def length(text: str) -> int:
    """Septets: an extended character counts two."""
    return len(text) + sum(c in EXTENDED for c in text)


def segments(text: str) -> int:
    """Messages that the provider bills. Raises ValueError for a text outside of the alphabet."""
    if strangers := {c for c in text if c not in BASIC and c not in EXTENDED}:
        raise ValueError(f"outside of GSM-7: {strangers}")
    return 1 if length(text) <= ONE else ceil(length(text) / MANY)
