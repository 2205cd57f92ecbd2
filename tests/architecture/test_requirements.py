"""What is asked for is pinned in each list that builds on it: also on a machine that only plays the demonstration."""

import re

import pytest

from deploy.local.servers import ROOT

PINNED = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)


def pins(name: str) -> set[tuple[str, str]]:
    """Return name and version of each package of a list."""
    return {*PINNED.findall((ROOT / name).read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("inner", "outer"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements.txt", "requirements-local.txt"),
        ("requirements-local.in", "requirements-local.txt"),
        ("requirements-local.txt", "requirements-dev.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
    ],
)
def test_each_list_of_packages_has_what_it_builds_on(inner: str, outer: str) -> None:
    assert pins(inner)
    assert pins(inner) - pins(outer) == set()
