"""What was measured of the pages' accessibility, and what a person still has to look at: the RGAA's criteria.

A program can find faults; only an audit by a person can say that a criterion is met. Until there is one, the law's word
is «non conforme», whatever was measured.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).parents[1] / "data"
MEASURED = FOLDER / "measured.json"
STATE = "non conforme"


class Measured(BaseModel):
    """What axe saw: `passed` are its rules that found no fault and no doubt, by the RGAA's criteria they speak of.

    `widths` are of the screen, in pixels. `faults` of all pages together.
    """

    model_config = ConfigDict(frozen=True)

    on: date
    axe: str
    widths: Sequence[int]
    pages: Sequence[str]
    faults: int
    passed: Mapping[str, Sequence[str]]


class Criterion(BaseModel):
    """`rules` of axe found no fault; all the rest of it is to be audited."""

    model_config = ConfigDict(frozen=True)

    number: str
    topic: str
    title: str
    rules: Sequence[str]


@cache
def measured() -> Measured:
    return Measured.model_validate(json.loads(MEASURED.read_text(encoding="utf-8")))


@cache
def criteria() -> Sequence[Criterion]:
    """Return all 106 criteria in the RGAA's order."""
    with (FOLDER / "rgaa.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        passed = measured().passed
        return [Criterion(**row, rules=passed.get(row["number"], ())) for row in rows]
