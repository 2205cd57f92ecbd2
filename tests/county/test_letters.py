"""The letters of the pages are those of the pinned packages, byte for byte, with their licences beside."""

import json
from hashlib import sha256

import pytest

from county.law import COMMON
from deploy.local.servers import ROOT

STATIC = ROOT / "county" / "static"
PINS = json.loads((ROOT / "deploy" / "letters.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PINS)
def test_a_file_of_letters_is_the_pinned_one(name: str) -> None:
    assert sha256((STATIC / name).read_bytes()).hexdigest() == PINS[name]["sha256"]


def test_all_letters_are_pinned_and_have_their_licence() -> None:
    assert COMMON.static == STATIC
    assert {path.name for path in STATIC.glob("*.woff2")} == {name for name in PINS if name.endswith(".woff2")}
    for name in PINS:
        licence = STATIC / f"LICENCE-{name.partition('.')[0].removeprefix('LICENCE-')}.txt"
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")
