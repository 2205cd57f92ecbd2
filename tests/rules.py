"""`make rules`, `make core`, `make walls`: each line of a numbered list, the tests that name it, and if they passed.

A test names its rule of docs/rules.md: `test_rule_14_the_last_seat_…`, or `test_rules_14_and_15_…`; its guarantee of
docs/guarantees.md: `test_core_07_…`; or its wall of docs/walls.md: `test_walls_03_…`.
"""

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import pytest

DOCS = Path(__file__).parents[1] / "docs"
TITLE = re.compile(r"^(\d+)\. \*\*(.+?)\*\*", re.MULTILINE)


class Listed(NamedTuple):
    """What `tests named` so prove of the numbered list in `file`."""

    word: str
    file: str
    named: re.Pattern[str]


RULES = Listed("rule", "rules.md", re.compile(r"::test_rules?_((?:\d+_and_)*\d+)_"))
CORE = Listed("core", "guarantees.md", re.compile(r"::test_core_((?:\d+_and_)*\d+)_"))
WALLS = Listed("walls", "walls.md", re.compile(r"::test_walls_((?:\d+_and_)*\d+)_"))
LISTS = {"--rules": RULES, "--core": CORE, "--walls": WALLS}


class Report:
    """A plugin of pytest."""

    def __init__(self, listed: Listed) -> None:
        self.listed = listed
        self.outcomes: defaultdict[int, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        named = self.listed.named.search(report.nodeid)
        if named and (report.when == "call" or report.outcome != "passed"):
            for number in named[1].split("_and_"):
                self.outcomes[int(number)][report.nodeid] = report.outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for number, title in titles(self.listed.file).items():
            found = self.outcomes[number]
            passed = sum(outcome == "passed" for outcome in found.values())
            terminalreporter.write_line(f"\n{self.listed.word} {number:2}  {title}")
            terminalreporter.write_line(
                f"         {passed} of {len(found)} tests passed" if found else "         NO TEST"
            )
            for test, outcome in found.items():
                terminalreporter.write_line(f"         {'✓' if outcome == 'passed' else outcome} {test}")


def titles(file: str) -> dict[int, str]:
    return {int(number): title for number, title in TITLE.findall((DOCS / file).read_text(encoding="utf-8"))}
