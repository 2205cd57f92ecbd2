"""The generated parts of the documents, and the documents with them."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from contracts.topics import COPIES, PRESCRIPTION_COPIES, TOPICS, Topic
from deploy.local.servers import ROOT
from deploy.register.stored import TITLES, durations, stored

DOCUMENTS = tuple(ROOT / "docs" / name for name in ("registre.md", "aipd.md"))
PART = re.compile(r"(<!-- tableau : (\w+) -->\n).*?(<!-- fin -->)", re.DOTALL)
DAY_MS = 24 * 3_600_000


def rows(*cells: Iterable[str]) -> str:
    head, *body = cells
    lines = [head, ["---"] * len([*head]), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def people() -> str:
    """Each table that speaks of somebody."""
    lasts = durations()
    body = ([TITLES[row.service], f"`{row.table}`", row.whose, row.what, lasts[row.until]] for row in stored())
    return rows(["Service", "Table", "De qui", "Quoi", "Combien de temps"], *(row for row in body if row[2] != "-"))


def nobody() -> str:
    body = ([TITLES[row.service], f"`{row.table}`", row.what] for row in stored() if row.whose == "-")
    return rows(["Service", "Table", "Quoi"], *body)


def bus() -> str:
    return rows(["Sujet", "Qui peut le lire", "Combien de temps"], *_topics())


def _topics() -> Iterator[list[str]]:
    for topic in TOPICS.values():
        yield [
            f"`{topic.name}`",
            _readers(topic),
            f"{_topic_lasts(topic)} ; d'une personne effacée, deux jours (décision 0100)",
        ]


def _readers(topic: Topic) -> str:
    if topic == PRESCRIPTION_COPIES:
        return "nos services seuls : qui a demandé une copie de ses données"
    if topic in COPIES:
        return "Prescription seule : chiffré pour une seule copie de données"
    return "nos services seuls" if topic.restricted else "nos services et les partenaires"


def _topic_lasts(topic: Topic) -> str:
    if topic.states:
        return "la dernière version de chaque fiche"
    retained_ms = int(topic.config["retention.ms"])
    return f"{retained_ms // DAY_MS} jours" if retained_ms >= 0 else "sans limite"


PARTS: Mapping[str, Callable[[], str]] = {"personnes": people, "sans_personne": nobody, "bus": bus}


def renewed(text: str) -> str:
    return PART.sub(lambda matched: matched[1] + PARTS[matched[2]]() + matched[3], text)


def outdated() -> list[Path]:
    return [path for path in DOCUMENTS if (text := path.read_text(encoding="utf-8")) != renewed(text)]


def write() -> None:
    for path in outdated():
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
