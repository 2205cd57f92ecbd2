"""Text as people wrote it, made harmless: a name is one line of what is seen, a cell of a spreadsheet no formula."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from chassis.plain import SEEN, visible

FORMULA = re.compile(r"[\t\r\n=+\-@＝＋－＠]")


def one_line(text: str) -> str:
    """Return it without line breaks and what nobody sees; several spaces are one."""
    return " ".join(visible(text).split())


def unseen(text: str) -> bool:
    """Whether `one_line` takes more away than spaces."""
    return text.translate(SEEN) != text or len(text.strip().splitlines()) > 1


def harmless(text: str) -> str:
    """Let a spreadsheet read as text what begins like a formula, as it sees the beginning."""
    return f"'{text}" if FORMULA.match(text) or FORMULA.match(visible(text)) else text


def _cleaned(given: object) -> object:
    return one_line(given) if isinstance(given, str) else given


OneLine = Annotated[str, BeforeValidator(_cleaned)]
"""A name of somebody or something, whoever wrote it."""
