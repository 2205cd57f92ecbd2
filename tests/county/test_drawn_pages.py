"""Every page is drawn with the one sheet: no class that it does not know, no colour and no style of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from county.law import COMMON
from deploy.local.servers import ROOT

SHEET = ((COMMON.static or Path()) / "pass.css").read_text(encoding="utf-8")
TEMPLATES = sorted(
    path for folder in ("chassis/web", "county", "services/*") for path in ROOT.glob(f"{folder}/templates/*.html")
)
KNOWN = {*re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\([^)]*\)", "", SHEET, flags=re.DOTALL))}
CLASSES = re.compile(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\})*)"')
BRACES = re.compile(r"\{[{%].*?[%}]\}")
WRITTEN = re.compile(r'([=!]= )?"([^"]*)"')
COLOUR = re.compile(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b(?!;)|\brgba?\(", re.IGNORECASE)


def classes(template: str) -> Iterator[str]:
    """Yield the classes that a template writes, also those that it chooses among."""
    for written in CLASSES.findall(template):
        chosen = [name for compared, name in WRITTEN.findall(" ".join(BRACES.findall(written))) if not compared]
        names = " ".join([BRACES.sub("", written), *chosen]).split()
        yield from (name for name in names if re.fullmatch(r"[a-z][a-z0-9-]*", name))
    yield from re.findall(r'"(is-[a-z]+)"', template)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_no_class_style_or_colour_of_its_own(path: Path) -> None:
    template = path.read_text(encoding="utf-8")
    assert {*classes(template)} - KNOWN == set()
    assert not re.search(r"\bstyle=|<style|<script(?! type=\"application/ld\+json\")|\son[a-z]+=\"", template)
    assert not COLOUR.search(re.sub(r'href="#[^"]*"|&#\d+;', "", template))


def test_a_class_that_the_sheet_does_not_know_is_seen() -> None:
    assert {*classes('<p class="head{{ " unheard" if late == "maybe" }} tags">')} == {"head", "unheard", "tags"}


def test_there_is_one_green_and_no_blue() -> None:
    """Each colour that is not a token is a tint of one: its strongest part is never blue, but in lavender."""
    for colour in re.findall(r"#([0-9a-f]{6})\b", SHEET):
        red, green, blue = (int(colour[place : place + 2], 16) for place in (0, 2, 4))
        assert blue <= max(red, green) + 8 or red > green, colour
