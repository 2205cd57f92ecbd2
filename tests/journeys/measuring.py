"""What axe sees on the pages that the journeys reach, as the accessibility statement tells it."""

import json
import os
import re
from collections import defaultdict
from datetime import datetime
from typing import Any

from chassis.clock import PARIS
from county.law.accessibility import MEASURED, Measured

CRITERION = re.compile(r"^RGAA-(\d+\.\d+)\.\d+$")


class Measuring:
    """Collects the answers of axe, page by page."""

    def __init__(self) -> None:
        self.pages: set[str] = set()
        self.widths: set[int] = set()
        self.axe = ""
        self.faults = 0
        self.rules: dict[str, defaultdict[str, set[str]]] = {
            kind: defaultdict(set) for kind in ("passes", "incomplete", "violations")
        }

    def add(self, page: str, width: int, answer: dict[str, Any]) -> None:
        self.pages.add(page)
        self.widths.add(width)
        self.axe = answer["testEngine"]["version"]
        self.faults += len(answer["violations"])
        for kind, rules in self.rules.items():
            for rule in answer[kind]:
                for criterion in filter(None, map(CRITERION.match, rule["tags"])):
                    rules[criterion[1]].add(rule["id"])

    def seen(self) -> Measured:
        """A rule that once failed, or could not decide, has not passed."""
        failed, unsure = self.rules["violations"], self.rules["incomplete"]
        passed = {number: sorted(ids - failed[number] - unsure[number]) for number, ids in self.rules["passes"].items()}
        return Measured(
            on=datetime.now(PARIS).date(),
            axe=self.axe,
            widths=sorted(self.widths),
            pages=sorted(self.pages),
            faults=self.faults,
            passed={number: ids for number, ids in sorted(passed.items(), key=_order) if ids},
        )


def _order(item: tuple[str, object]) -> list[int]:
    return [int(part) for part in item[0].split(".")]


def record(seen: Measured) -> None:
    """`make accessibility` asks for it."""
    if os.environ.get("MEASURE"):
        written = json.dumps(seen.model_dump(mode="json"), ensure_ascii=False, indent=2)
        MEASURED.write_text(written + "\n", encoding="utf-8")
