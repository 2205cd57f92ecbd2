"""Writes `docs/real-life.md`."""

from tests.real_life.tables import DOCUMENT, document

DOCUMENT.write_text(document(), encoding="utf-8")
