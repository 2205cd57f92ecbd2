"""The catalogue as a whole: it has enough trainings, and says each thing once."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple, Self

from chassis.plain import plain
from services.catalogue.trainings import TrainingText

LEAST, LEAST_FOR_FARMERS = 110, 12
ALIKE = 0.3
"""Share of three-word runs that two summaries have in common, from which they say the same thing."""


class Gist(NamedTuple):
    """A training without case and accents, and its summary as runs of three words."""

    code: str
    title: str
    runs: frozenset[tuple[str, ...]]

    @classmethod
    def of(cls, text: TrainingText) -> Self:
        words = plain(text.summary).split()
        return cls(text.code, plain(text.title), frozenset(zip(words, words[1:], words[2:], strict=False)))


def faults(texts: Sequence[TrainingText]) -> Iterator[str]:
    """List what the catalogue lacks or says twice, in French."""
    for_farmers = sum("farmer" in text.audiences for text in texts)
    if len(texts) < LEAST:
        yield f"{len(texts)} formations : il en faut au moins {LEAST}"
    if for_farmers < LEAST_FOR_FARMERS:
        yield f"{for_farmers} formations pour l'agriculture : il en faut au moins {LEAST_FOR_FARMERS}"
    for gist, other in combinations([Gist.of(text) for text in texts], 2):
        if gist.code == other.code or gist.title == other.title:
            yield f"{gist.code} et {other.code} ont le même code ou le même titre"
        if likeness(gist, other) >= ALIKE:
            yield f"{gist.code} et {other.code} ont presque le même résumé"


def likeness(gist: Gist, other: Gist) -> float:
    """Measure from 0 to 1 the runs that both have, among all those of either (Jaccard)."""
    return len(gist.runs & other.runs) / (len(gist.runs | other.runs) or 1)
