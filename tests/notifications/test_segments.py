"""Segments, against two libraries that are not ours, and by property."""

import gsm0338
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.texts.gsm7 import CODES, decode, encode, fits, gsm7, length, replaced, segments

OTHERS = gsm0338.Codec()
ALPHABET = st.text(st.sampled_from(sorted(CODES)), max_size=400)


@given(ALPHABET)
def test_rule_22_what_is_encoded_is_what_is_shown(text: str) -> None:
    assert decode(encode(text)) == text


@given(ALPHABET)
def test_rule_22_another_library_encodes_the_same_septets(text: str) -> None:
    ours = text
    assert encode(ours) == OTHERS.encode(ours)[0]
    assert OTHERS.decode(encode(ours))[0] == ours


@given(st.text(max_size=200))
def test_rule_22_what_is_rewritten_is_read_by_another_library(text: str) -> None:
    sent = gsm7(text)
    assert OTHERS.decode(encode(sent))[0] == sent


@given(ALPHABET)
def test_segments_are_160_then_153_and_a_part_never_ends_inside_of_a_character(text: str) -> None:
    expected = 1 if length(text) <= 160 else len(parts(text))
    assert segments(text) == expected


def parts(text: str) -> list[bytes]:
    """Cut by hand, septet by septet."""
    made = [b""]
    for character in text:
        code = encode(character)
        if len(made[-1]) + len(code) > 153:
            made.append(b"")
        made[-1] += code
    return made


@given(st.text(max_size=300))
def test_outside_of_the_alphabet_segments_are_70_then_67_utf_16_units(text: str) -> None:
    if fits(text):
        return
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    least = 1 if units <= 70 else -(-units // 67)
    assert least <= segments(text) <= least + 1  # a pair of units is not divided


def test_a_pair_of_units_is_not_divided_between_two_segments() -> None:
    assert segments("é" * 66 + "🎓" + "ê") == 1
    assert segments("ê" * 66 + "🎓" * 3 + "ê" * 65) == 3
    assert segments("ê" * 70) == 1
    assert segments("ê" * 71) == 2


def test_what_is_replaced_is_told() -> None:
    assert replaced("Prêt, cœur 🎓") == {"ê": "e", "œ": "oe", "🎓": ""}
