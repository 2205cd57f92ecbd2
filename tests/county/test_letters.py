"""The letters of the pages are those of the pinned packages; without them the pages are written in others."""

import json
from pathlib import Path

import pytest

from chassis.web.look import Brand, look
from county.law import COMMON
from deploy.local import letters
from deploy.local.artifacts import NotTheArtifact
from tests.actors import asking
from tests.sites import site_of

PINS = json.loads(letters.PINS.read_text(encoding="utf-8"))


def test_every_file_of_letters_has_its_licence_beside_it() -> None:
    fonts = {name.partition(".")[0] for name in PINS if name.endswith(".woff2")}
    assert {f"LICENCE-{name}.txt" for name in fonts} == {name for name in PINS if name.endswith(".txt")}


def test_another_file_than_the_pinned_one_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pins = {name: {**pin, "sha256": "0" * 64} for name, pin in PINS.items()}
    monkeypatch.setattr(letters, "taken", lambda *_: (_ for _ in ()).throw(NotTheArtifact("another")))
    with pytest.raises(NotTheArtifact):
        letters.fetch(pins, tmp_path / "letters")
    assert not (tmp_path / "letters").exists()


async def test_pages_load_the_letters_that_are_there_and_none_that_are_not(tmp_path: Path) -> None:
    (tmp_path / "atkinson-hyperlegible-next.woff2").write_bytes(b"wOF2")
    for folder, loaded in ((tmp_path, True), (None, False)):
        async with asking(site_of("catalogue", letters_folder=folder).application()) as client:
            page = (await client.get("/cookies")).text
            assert ("/letters.css" in page) is loaded
            path = look(COMMON.static, COMMON.mark, Brand(letters=folder)).address("atkinson-hyperlegible-next.woff2")
            assert (await client.get(path)).status_code == (200 if loaded else 404)
