from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from county.links import ALPHABET, LENGTH, as_typed, code_for

BOOKING = UUID("018f0000-0000-7000-8000-000000000001")


@given(st.uuids())
def test_a_code_is_short_stable_and_signed(about: UUID) -> None:
    code = code_for("secret", about)
    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert code == code_for("secret", about) != code_for("another secret", about)


def test_many_codes_are_all_different() -> None:
    assert len({code_for("secret", UUID(int=number)) for number in range(20_000)}) == 20_000


def test_a_code_typed_from_a_letter_is_understood() -> None:
    code = code_for("secret", BOOKING)
    typed = f" {code[:4]}-{code[4:8]} {code[8:]} ".upper().replace("0", "O").replace("1", "I")
    assert as_typed(typed) == code
