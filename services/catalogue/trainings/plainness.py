"""Is a text plain French? Measures that a machine can take; a person still reads what passes them."""

import re
from collections.abc import Iterator

from services.catalogue.trainings.text import TrainingText

EASE, MEAN_SENTENCE, LONGEST_SENTENCE = 65, 17, 20

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
VOWELS = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+")
SILENT = re.compile(r"(?<=[^aeiouyàâäéèêëîïôöùûüœæ])es?$")
INFINITIVE = re.compile(r"(Ne pas |Se |S')?\w+(er|ir|re)\b")
UNTIDY = re.compile(r"’|^\s|\s$|\s\s|\w[?!:;](\s|$)|«\S|\S»|\s[.,]")


def careless(text: TrainingText) -> Iterator[str]:
    """List what a reader would stumble on, in French."""
    prose = (text.summary, text.prerequisites, text.accessibility, text.bring)
    yield from _heavy(text.summary)
    for paragraph in prose:
        yield from _endless(paragraph)
    for objective in text.objectives:
        if not INFINITIVE.match(objective):
            yield f"« {objective} » ne commence pas par un verbe à l'infinitif"
    yield from (
        f"« {line} » a une apostrophe ou une espace mal placée"
        for line in (text.title, *prose, *text.objectives)
        if UNTIDY.search(line)
    )


def _heavy(summary: str) -> Iterator[str]:
    if (ease := reading_ease(summary)) < EASE:
        yield f"résumé difficile à lire (facilité {ease:.0f}, il faut au moins {EASE})"
    if len(WORD.findall(summary)) > MEAN_SENTENCE * len(_sentences(summary)):
        yield f"résumé, les phrases ont plus de {MEAN_SENTENCE} mots en moyenne"


def _endless(prose: str) -> Iterator[str]:
    if prose[-1] not in ".?!":
        yield f"« {prose} » ne finit pas par un point"
    for sentence in _sentences(prose):
        if len(WORD.findall(sentence)) > LONGEST_SENTENCE:
            yield f"« {sentence} » a plus de {LONGEST_SENTENCE} mots"


def reading_ease(text: str) -> float:
    """Measure by Flesch's formula for French (Kandel and Moles, 1958): 100 is very easy, 30 is hard."""
    words = WORD.findall(text)
    syllables = sum(_syllables(word) for word in words)
    return 207 - 1.015 * len(words) / len(_sentences(text)) - 73.6 * syllables / len(words)


def _sentences(text: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[.!?])\s+", text) if WORD.search(sentence)]


def _syllables(word: str) -> int:
    """Groups of vowels, without a last silent «e» or «es»."""
    return max(1, len(VOWELS.findall(SILENT.sub("", word.lower().replace("'", "")))))
