"""Which programs of the machine the tests may use: looked for once, before the first test, for all workers.

A program that appears in mid-run changes nothing: the answers travel to the workers by the environment.
"""

import os
import shutil
from collections.abc import Sequence
from typing import NamedTuple


class Program(NamedTuple):
    """`names`: any of these; `how` to get it."""

    names: Sequence[str]
    how: str


PROGRAMS = {
    "chromium": Program(("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "node": Program(("node", "nodejs"), "apt-get install nodejs"),
    "nginx": Program(("nginx",), "apt-get install nginx, or apt-get download nginx, dpkg -x, and its folder in PATH"),
    "go": Program(("go",), "apt-get install golang-go"),
}


def look() -> None:
    for name, program in PROGRAMS.items():
        there = next((path for path in map(shutil.which, program.names) if path), "")
        os.environ.setdefault(variable(name), there)


def variable(name: str) -> str:
    return f"TEST_PROGRAM_{name.upper()}"


def path_of(name: str) -> str:
    """Nothing when it was not there at the start."""
    return os.environ.get(variable(name), "")


def line() -> str:
    """For the head of the report."""
    return ", ".join(f"{name} {path_of(name) or f'missing ({program.how})'}" for name, program in PROGRAMS.items())
