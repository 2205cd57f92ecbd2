"""`make rules`: each rule of docs/rules.md, the tests that name it, and whether they passed.

A test names its rule: `test_rule_14_the_last_seat_…`, or `test_rules_14_and_15_…`.
"""

import re
from collections import defaultdict
from pathlib import Path

import pytest

LISTED = Path(__file__).parents[1] / "docs" / "rules.md"
TITLE = re.compile(r"^(\d+)\. \*\*(.+?)\*\*", re.MULTILINE)
NAMED = re.compile(r"::test_rules?_((?:\d+_and_)*\d+)_")


class Rules:
    """A plugin of pytest."""

    def __init__(self) -> None:
        self.outcomes: defaultdict[int, dict[str, str]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        named = NAMED.search(report.nodeid)
        if named and (report.when == "call" or report.outcome != "passed"):
            for number in named[1].split("_and_"):
                self.outcomes[int(number)][report.nodeid] = report.outcome

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for number, title in titles().items():
            found = self.outcomes[number]
            passed = sum(outcome == "passed" for outcome in found.values())
            terminalreporter.write_line(f"\nrule {number:2}  {title}")
            terminalreporter.write_line(
                f"         {passed} of {len(found)} tests passed" if found else "         NO TEST"
            )
            for test, outcome in found.items():
                terminalreporter.write_line(f"         {'✓' if outcome == 'passed' else outcome} {test}")


def titles() -> dict[int, str]:
    return {int(number): title for number, title in TITLE.findall(LISTED.read_text(encoding="utf-8"))}
