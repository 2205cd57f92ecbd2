"""What the documents point to exists, and every decision is in the index of decisions."""

import re
from pathlib import Path

import pytest

from deploy.local.servers import ROOT
from tests.architecture.links import broken, documents, symbols

DECISIONS = ROOT / "docs" / "decisions"
INDEX = DECISIONS / "README.md"
LINE = re.compile(r"^\| \[(\d{4})\]\(([\w-]+\.md)\) \| (.+?) \| (\d{4}-\d{2}-\d{2}) \| (.+?) \|$", re.MULTILINE)
STATUS = re.compile(r"in force(?:, amended by (\[\d{4}\]\([\w.-]+\)(?:, )?)+)?|superseded by \[\d{4}\]\([\w.-]+\)")


def title_of(decision: Path) -> str:
    first = decision.read_text(encoding="utf-8").splitlines()[0]
    return re.sub(r"^# \d{4}\.? | \(\d{4}-\d{2}-\d{2}\)$", "", first)


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_document_points_to_exists(document: Path) -> None:
    assert [*broken(document, document.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        "[x](nowhere.md)",
        "[x](../chassis/nowhere.py)",
        "[x](../chassis/db.py#no_such_name)",
        "[x](../chassis/db.py#Database.no_such_name)",
        "[x](rules.md#no-such-heading)",
        "[x](#no-such-heading)",
        "`chassis/nowhere.py`",
    ],
)
def test_a_link_that_points_nowhere_is_seen(wrong: str) -> None:
    assert [*broken(ROOT / "docs" / "new.md", f"# New\n\n{wrong}\n")]


@pytest.mark.parametrize(
    "right",
    [
        "[x](../chassis/db.py#Database.transact)",
        "[x](../chassis/db.py#RETRIED)",
        "[x](rules.md#the-rules)",
        "[x](#new)",
    ],
)
def test_a_link_to_a_file_a_name_or_a_heading_is_right(right: str) -> None:
    assert [*broken(ROOT / "docs" / "new.md", f"# New\n\n{right}\n")] == []


def test_a_member_is_named_with_its_class() -> None:
    assert {"Database", "Database.transact"} <= symbols(ROOT / "chassis" / "db.py")
    assert "transact" not in symbols(ROOT / "chassis" / "db.py")


def test_every_decision_is_in_the_index_by_its_number_and_title() -> None:
    listed = [(name, number, title) for number, name, title, *_ in LINE.findall(INDEX.read_text(encoding="utf-8"))]
    decisions = [path for path in sorted(DECISIONS.glob("*.md")) if path != INDEX]
    assert sorted(listed) == [(path.name, path.name[:4], title_of(path)) for path in decisions]


def test_every_line_of_the_index_has_a_status() -> None:
    lines = LINE.findall(INDEX.read_text(encoding="utf-8"))
    assert [number for number, *_, status in lines if not STATUS.fullmatch(status)] == []
