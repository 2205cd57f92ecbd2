"""Every metric of Prometheus that a service shows on `/metrics`: `docs/metrics.md`."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from chassis import telemetry

FILE = Path(__file__).with_name("advice.csv")
HEAD = """# Metrics

Each instance shows them on `/metrics` of its internal port. Written by `python -m deploy.reference` from
`chassis/telemetry.py` and `deploy/reference/advice.csv`; a test checks that it is current. An alarm that names
`/statusz` needs no rule of yours: `/statusz` answers 503 by itself. Beside these there are Python's own
(`process_…`, `python_…`). Counters and the sums of histograms begin again at 0 with each start: ask for their `rate`.

| Name | Kind | Labels | What it is | When it is bad | Alarm |
|---|---|---|---|---|---|
"""


def shown() -> Sequence[MetricWrapperBase]:
    """List every metric of the chassis, in the order in which they are declared."""
    return [value for value in vars(telemetry).values() if isinstance(value, MetricWrapperBase)]


def name_of(metric: MetricWrapperBase) -> str:
    """Return the name under which Prometheus stores it: a counter ends with `_total`."""
    (family,) = metric.describe()
    return f"{family.name}_total" if family.type == "counter" else family.name


def advice() -> Mapping[str, Mapping[str, str]]:
    """Read what to do, and from when there is an alarm, by name."""
    with FILE.open(encoding="utf-8") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def unclear() -> Iterator[str]:
    """Name each metric of which nothing is written, and what is written of none."""
    there, written = {name_of(metric) for metric in shown()}, advice().keys()
    yield from (f"{name} is not in {FILE.name}" for name in sorted(there - written))
    yield from (f"{FILE.name} has {name}, which is no metric" for name in sorted(written - there))


def page() -> str:
    """Write the document."""
    return HEAD + "".join(_row(metric) for metric in shown())


def _row(metric: MetricWrapperBase) -> str:
    (family,), row = metric.describe(), advice()[name_of(metric)]
    labels = ", ".join(f"`{label}`" for label in metric._labelnames) or "none"  # noqa: SLF001 - as above
    cells = (
        f"`{name_of(metric)}`",
        family.type,
        labels,
        f"{family.documentation}.",
        row["bad"],
        row["alarm"] or "none",
    )
    return f"| {' | '.join(cells)} |\n"
