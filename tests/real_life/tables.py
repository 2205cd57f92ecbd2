"""Tables of cases that a person of the county can read: the tests walk them, `docs/real-life.md` is made of them."""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs" / "real-life.md"
HEAD = """\
# La vie réelle : noms, numéros, adresses, mots

Chaque ligne est essayée à chaque contrôle du produit. Cette page est faite à partir des tableaux de
`tests/real_life` (`python -m tests.real_life`). Toutes les personnes sont inventées.
"""


class Table(NamedTuple):
    """`sentence` says what holds for all rows; each row has one text a column."""

    title: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def written(self) -> str:
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        body = "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)
        return f"\n## {self.title}\n\n{self.sentence}\n\n{body}\n"


def _cell(text: str) -> str:
    """What is invisible is shown by name."""
    shown = {"\u200b": "⟨invisible⟩", "\u00ad": "⟨invisible⟩", "\ufeff": "⟨invisible⟩", "\u202a": "⟨invisible⟩"}
    return "".join(shown.get(character, character) for character in text).replace("|", "\\|").replace("\n", " ")


def document() -> str:
    """The whole page, a section for each table, in the order of the files."""
    modules = [import_module(f"tests.real_life.{path.stem}") for path in sorted(FOLDER.glob("test_*.py"))]
    return HEAD + "".join(table.written() for module in modules for table in getattr(module, "TABLES", ()))
