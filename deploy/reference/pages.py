"""The documents that this package writes."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.reference import metrics, settings

DOCS = Path(__file__).parents[2] / "docs"
PAGES: Mapping[str, Callable[[], str]] = {"settings.md": settings.page, "metrics.md": metrics.page}


def outdated() -> Sequence[str]:
    """Name the documents that are not what the code would write."""
    return [name for name, page in PAGES.items() if (DOCS / name).read_text(encoding="utf-8") != page()]


def write() -> None:
    """Write every document anew."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
