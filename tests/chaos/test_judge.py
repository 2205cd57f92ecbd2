"""The judge itself is tried: it accepts what may have happened, and refuses what can't have."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.history import NO_GO, Call, Group, History, has_go, judged

pytestmark = pytest.mark.skipif(not has_go(), reason=NO_GO)

GROUP = Group(capacities=(1, 2), prices=(3, 3), overlaps=((0, 1),), people=3)
BOOK = Call(client=0, group=0, kind="book", booking="a", called=0, answered=10)
OTHER = replace(BOOK, client=1, person=1, booking="b")
FULL = replace(OTHER, code="session-full", booking="")
CANCEL = replace(BOOK, kind="cancel", called=20, answered=30)
TAKEN = Call(client=2, group=0, kind="session", figure=1, called=40, answered=50)

POSSIBLE = {
    "one of two has the last seat": [BOOK, FULL],
    "a refusal while the seat was being given back": [BOOK, CANCEL, replace(FULL, called=15, answered=40)],
    "a seat that was given back is another's": [BOOK, CANCEL, replace(OTHER, called=31, answered=40)],
    "what got no answer had been done": [BOOK, replace(CANCEL, code="gone"), replace(TAKEN, figure=0)],
    "two sessions at once are refused": [
        BOOK,
        replace(BOOK, session=1, code="overlaps-another", called=11, answered=20),
    ],
    "vouchers are held": [BOOK, replace(TAKEN, kind="wallet", figure=3)],
}
IMPOSSIBLE = {
    "one seat sold twice": [BOOK, OTHER],
    "one seat sold twice, seen later": [BOOK, replace(TAKEN, figure=2)],
    "a refusal though there was a seat": [FULL, replace(BOOK, called=20, answered=30)],
    "a seat that was lost": [BOOK, replace(TAKEN, figure=0)],
    "a cancellation that came back": [BOOK, CANCEL, TAKEN],
    "a voucher spent twice": [BOOK, replace(TAKEN, kind="wallet", figure=6)],
    "two sessions at once": [BOOK, replace(BOOK, session=1, booking="c", called=11, answered=20)],
    "an old state read after a newer one": [BOOK, replace(TAKEN, figure=0, called=11, answered=12)],
    "cancelled twice": [BOOK, CANCEL, replace(CANCEL, called=31, answered=40)],
}


@pytest.mark.parametrize("case", POSSIBLE)
def test_the_judge_accepts(case: str, tmp_path: Path) -> None:
    fair, sentence = judged(History([GROUP], POSSIBLE[case]), tmp_path)
    assert fair, sentence


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_the_judge_refuses(case: str, tmp_path: Path) -> None:
    fair, sentence = judged(History([GROUP], IMPOSSIBLE[case]), tmp_path)
    assert not fair, sentence
    assert "PAS linéarisables" in sentence
    assert (tmp_path / "history.html").exists()


def test_groups_are_judged_apart(tmp_path: Path) -> None:
    calls = [BOOK, replace(BOOK, group=1, client=1)]
    assert judged(History([GROUP, GROUP], calls), tmp_path)[0]
