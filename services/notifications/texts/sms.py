"""A notice as one SMS segment: the fullest wording that fits. Rule 22.

A template marks what may go: `[4 …]` goes before `[2 …]`. When all of it is gone and the text is still too long, the
place's name is shortened at a word. Its second line, whom to call, is said once for notices that leave together: the
number that is right for all of them, and a link only when it can be of no other session.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.notifications.model import Facts
from services.notifications.texts.gsm7 import ONE, gsm7, length, segments
from services.notifications.texts.rendering import rendered
from services.notifications.texts.values import values

__all__ = ["segments", "sms"]

OPTIONAL = re.compile(r"\[(\d)([^][]*)\]")
TWO_STOPS = re.compile(r"(?<!\.)\.\.(?!\.)")
TWO = 306  # septets of a message in two parts
SHORTEST_NAME = 12
SENDER = "Pass numérique : "


def sms(facts: Sequence[Facts], now: datetime) -> str:
    """GSM-7 only. One segment for one notice; two, when they are enough, for several."""
    return gsm7(wording(facts, now))


def wording(facts: Sequence[Facts], now: datetime) -> str:
    """The same in French as it is written, before its letters are replaced."""
    told = [(one.kind, words) for one, words in zip(facts, _together(facts, now), strict=True)]
    room = ONE if len(told) == 1 else TWO
    full = _marked(told, max(len(words["place"]) for _, words in told))
    kept = _fullest(full, room)
    name = max(len(words["place"]) for _, words in told)
    while (over := length(gsm7(_text(full, kept))) - room) > 0 and name > SHORTEST_NAME:
        name = max(name - over, SHORTEST_NAME)
        full = _marked(told, name)
    return _text(full, kept)


def _fullest(marked: str, room: int) -> frozenset[int]:
    """Which optional parts stay: the least important go until it fits, and come back if there is room after all."""

    def fits(kept: frozenset[int]) -> bool:
        return length(gsm7(_text(marked, kept))) <= room

    marks = sorted({int(mark) for mark, _ in OPTIONAL.findall(marked)})
    kept = frozenset(marks)
    for mark in reversed(marks):
        if not fits(kept):
            kept -= {mark}
    for mark in marks:
        if fits(kept | {mark}):
            kept |= {mark}
    return kept


def _marked(told: Sequence[tuple[str, dict[str, Any]]], longest_name: int) -> str:
    parts = [rendered(f"{kind}/sms.txt", _plain(words, longest_name)).partition("\n") for kind, words in told]
    heads = [parts[0][0], *(head.removeprefix(SENDER) for head, _, _ in parts[1:])]
    tail = next((tail for _, _, tail in parts if tail), "")
    return "\n".join(heads) + (f" {tail}" if tail else "")


def _together(facts: Sequence[Facts], now: datetime) -> list[dict[str, Any]]:
    """Of several mediators, the centre is called; of several sessions, none has its link."""
    told = [values(one, now) for one in facts]
    if len({one.call for one in facts}) > 1:
        common = told[0]["centre_call"] or "voyez votre centre"
        told = [
            words if one.kind == "seat_offered" else words | {"call": common}
            for one, words in zip(facts, told, strict=True)
        ]
    if len({words["link"] for words in told if words["cancels"]}) > 1:
        told = [words | {"link": ""} if words["cancels"] else words for words in told]
    return told


def _text(marked: str, kept: frozenset[int]) -> str:
    """A short month that ends a sentence has one full stop."""
    chosen = OPTIONAL.sub(lambda one: one[2] if int(one[1]) in kept else "", marked)
    return TWO_STOPS.sub(".", chosen)


def _plain(words: dict[str, Any], longest_name: int) -> dict[str, Any]:
    """A value never looks like a mark of ours."""
    safe = {name: re.sub(r"[][{}]", "", text) if isinstance(text, str) else text for name, text in words.items()}
    return safe | {"place": shortened(safe["place"], longest_name)}


def shortened(name: str, longest: int) -> str:
    """At the end of a word, when there is one far enough."""
    if len(name) <= longest:
        return name
    cut = name[:longest]
    at_word = cut[: cut.rfind(" ")] if " " in cut[SHORTEST_NAME:] else cut
    return at_word.rstrip(" ,;:-(") or cut
