"""The alphabet of an SMS (3GPP TS 23.038), and French put into it. Rule 22.

One character outside of it and a message of 160 characters falls to 70: such a text is rewritten, never sent as it is.
"""

import unicodedata
from collections.abc import Sequence

from chassis.plain import Rewriting, latin

ESCAPE = 0x1B
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
CODES = {character: bytes([code]) for code, character in enumerate(TABLE) if code != ESCAPE}
CODES |= {character: bytes([ESCAPE, code]) for code, character in EXTENSION.items()}
BASIC, EXTENDED = frozenset(TABLE) - {"\x1b"}, frozenset(EXTENSION.values())
SINGLE, MANY = 160, 153  # septets in a message, and in each part of a longer one
WIDE_SINGLE, WIDE_MANY = 70, 67  # UTF-16 units, when a character is outside of the alphabet
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
        "−": "-",
        "½": " 1/2",
    }
)


def _written(character: str) -> str:
    usual = REWRITTEN.get(ord(character), character)
    return usual if fits(usual) else "".join(c for c in latin(character).replace("`", "'") if c in CODES)


ALPHABET = Rewriting(_written)


def gsm7(text: str) -> str:
    """Put the text in the alphabet: é è à ù stay, ê becomes e, ł becomes l; a picture is left out."""
    return unicodedata.normalize("NFC", text).translate(ALPHABET)


def replaced(text: str) -> dict[str, str]:
    """List the characters that the alphabet lacks, and what stands for them."""
    return {c: gsm7(c) for c in dict.fromkeys(text) if c not in CODES}


def length(text: str) -> int:
    """Count septets: an extended character is two."""
    return len(text) + sum(map(text.count, EXTENDED))


def fits(text: str) -> bool:
    return all(c in CODES for c in text)


def encode(text: str) -> bytes:
    """Encode it one septet a byte, as SMPP carries it. Raises ValueError for a text outside of the alphabet."""
    if strangers := {c for c in text if c not in CODES}:
        raise ValueError(f"outside of GSM-7: {strangers}")
    return b"".join(CODES[c] for c in text)


def decode(septets: bytes) -> str:
    """Decode it; an unknown extension is shown as a space, as the standard says."""
    shown, codes = "", iter(septets)
    for code in codes:
        shown += EXTENSION.get(next(codes, ESCAPE), " ") if code == ESCAPE else TABLE[code]
    return shown


def segments(text: str) -> int:
    """Count the messages that the provider bills. A part never ends inside of a character."""
    if fits(text):
        return _parts([len(CODES[c]) for c in text], SINGLE, MANY)
    return _parts([len(c.encode("utf-16-le")) // 2 for c in text], WIDE_SINGLE, WIDE_MANY)


def _parts(sizes: Sequence[int], single: int, many: int) -> int:
    if sum(sizes) <= single:
        return 1
    parts, used = 1, 0
    for size in sizes:
        if used + size > many:
            parts, used = parts + 1, 0
        used += size
    return parts
