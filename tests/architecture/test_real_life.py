"""The page about real life is what the tests of real life try."""

from tests.real_life.tables import DOCUMENT, document


def test_the_page_is_made_of_the_tables_that_are_tried() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "python -m tests.real_life writes it again"
