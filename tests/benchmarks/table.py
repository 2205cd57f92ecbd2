"""How measurements are told."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

console = Console(width=140)


@dataclass(frozen=True)
class Line:
    what: str
    ours: str
    raw: str
    ratio: str
    aim: str


def show(lines: Sequence[Line]) -> None:
    table = Table("what", "ours", "raw limit", "ratio", "aim")
    for line in lines:
        table.add_row(line.what, line.ours, line.raw, line.ratio, line.aim)
    console.print(table)


def against(what: str, ours: Sequence[float], raw: Sequence[float], aim: str) -> Line:
    """Rates, a second: medians of the rounds, and the median of the ratios of each; the first round warms up."""
    ours, raw = ours[1:], raw[1:]
    ratio = statistics.median(a / b for a, b in zip(ours, raw, strict=True))
    return Line(what, f"{statistics.median(ours):,.0f}/s", f"{statistics.median(raw):,.0f}/s", f"{ratio:.2f}", aim)


def spread(what: str, seconds: Sequence[float], aim: str) -> Line:
    p50, p99 = (percentile(seconds, part) * 1000 for part in (0.50, 0.99))
    return Line(what, f"p50 {p50:.0f} ms, p99 {p99:.0f} ms", "", "", aim)


def percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]
