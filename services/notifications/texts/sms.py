"""A notice as one SMS segment: the fullest wording that fits. Rule 22.

A template marks what may go: `[4 …]` goes before `[2 …]`. When all of it is gone and the text is still too long, the
place's name is shortened at a word. Its second line, whom to call, comes once for notices that leave together: the
number that is right for all of them, and a link only when it can be of no other session.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notifications.model import Facts
from services.notifications.texts.gsm7 import SINGLE, gsm7, length, segments
from services.notifications.texts.rendering import rendered, values

__all__ = ["segments", "sms"]

OPTIONAL = re.compile(r"\[(\d)([^][]*)\]")
TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")
TWO = 306  # septets of a message in two parts
SHORTEST_NAME = 12
SENDER = "Pass numérique : "


def sms(facts: Sequence[Facts], now: datetime) -> str:
    """Write it in GSM-7. One segment for one notice; two, when they are enough, for several."""
    return gsm7(wording(facts, now))


def wording(facts: Sequence[Facts], now: datetime) -> str:
    """Word the same in French as it is written, before its letters are replaced."""
    notices = [(known.kind, words) for known, words in zip(facts, _together(facts, now), strict=True)]
    longest = SINGLE if len(notices) == 1 else TWO
    name = max(len(words["place"]) for _, words in notices)
    full = _marked(notices, name)
    shown = _fullest(full, longest)
    while (over := length(gsm7(_text(full, shown))) - longest) > 0 and name > SHORTEST_NAME:
        name = max(name - over, SHORTEST_NAME)
        full = _marked(notices, name)
    return _text(full, shown)


def _fullest(marked: str, longest: int) -> frozenset[int]:
    """Which optional parts are shown: the least important go until it fits, and come back if they fit after all."""

    def fits(shown: frozenset[int]) -> bool:
        return length(gsm7(_text(marked, shown))) <= longest

    marks = sorted({int(mark) for mark, _ in OPTIONAL.findall(marked)})
    shown = frozenset(marks)
    for mark in reversed(marks):
        if not fits(shown):
            shown -= {mark}
    for mark in marks:
        if fits(shown | {mark}):
            shown |= {mark}
    return shown


def _marked(notices: Sequence[tuple[str, dict[str, Any]]], longest_name: int) -> str:
    parts = [rendered(f"{kind}/sms.txt", _plain(words, longest_name)).partition("\n") for kind, words in notices]
    heads = [parts[0][0], *(head.removeprefix(SENDER) for head, _, _ in parts[1:])]
    tail = next((tail for _, _, tail in parts if tail), "")
    return "\n".join(heads) + (f" {tail}" if tail else "")


def _together(facts: Sequence[Facts], now: datetime) -> list[dict[str, Any]]:
    """Of several mediators, the centre is called; of several sessions, none has its link."""
    parts = [values(known, now) for known in facts]
    if len({known.call for known in facts}) > 1:
        common = parts[0]["centre_call"] or "voyez votre centre"
        parts = [
            words if known.kind == "seat_offered" else words | {"call": common}
            for known, words in zip(facts, parts, strict=True)
        ]
    if len({words["link"] for words in parts if words["cancels"]}) > 1:
        parts = [words | {"link": ""} if words["cancels"] else words for words in parts]
    return parts


def _text(marked: str, shown: frozenset[int]) -> str:
    """A short month that ends a sentence has one full stop."""
    chosen = OPTIONAL.sub(lambda part: part[2] if int(part[1]) in shown else "", marked)
    return TWO_STOPS.sub(".", chosen)


def _plain(words: dict[str, Any], longest_name: int) -> dict[str, Any]:
    """A value never looks like a mark of ours."""
    safe = {name: re.sub(r"[][{}]", "", text) if isinstance(text, str) else text for name, text in words.items()}
    return safe | {"place": shortened(safe["place"], longest_name)}


def shortened(name: str, longest: int) -> str:
    """Cut it at the end of a word, when that is far enough."""
    if len(name) <= longest:
        return name
    cut = name[:longest]
    at_word = cut[: cut.rfind(" ")] if " " in cut[SHORTEST_NAME:] else cut
    return at_word.rstrip(" ,;:-(") or cut
