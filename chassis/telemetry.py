"""What the system tells about itself: JSON logs without personal data, metrics, one correlation id from form to SMS."""

import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from opentelemetry import propagate, trace
from prometheus_client import Counter, Gauge, Histogram

from contracts.ids import uuid7

HARMLESS = {"aiokafka", "chassis", "contracts", "services"}
"""Packages whose exceptions are worth reading and quote nobody; ValueErrors apart, which quote the value."""
_correlation: ContextVar[str] = ContextVar("correlation", default="")

relayed = Counter("pass_relayed_total", "Events handed to Kafka")
outbox_rows = Gauge("pass_outbox_records", "Events not yet handed to Kafka, 100,000 at most")
outbox_oldest = Gauge("pass_outbox_oldest_seconds", "Age of the oldest event not yet handed to Kafka")
parked_waiting = Gauge("pass_parked_records", "Records that could not be applied and wait for a person")
parked_oldest = Gauge("pass_parked_oldest_seconds", "Age of the oldest record that waits for a person")
relay_blocked = Gauge("pass_relay_blocked", "1 while Kafka does not take what the relay sends")
batcher_oldest = Gauge(
    "pass_lane_oldest_seconds",
    "How long the oldest unanswered request has waited for its group commit, when last looked at",
)
consumed = Counter("pass_heard_total", "Records heard, by what became of them", ["topic", "outcome"])
consumer_lag = Gauge(
    "pass_consumer_lag_records",
    "Records that our group has not yet applied, over all partitions and instances",
    ["topic"],
)
job_succeeded = Gauge(
    "pass_job_last_success_timestamp_seconds", "When a job last succeeded, in whichever instance", ["job"]
)
relay_leads = Gauge("pass_relay_leader", "1 while this instance leads the relay")
secret_agrees = Gauge(
    "pass_secret_agrees", "1 while a shared secret is the same as a neighbour's", ["secret", "neighbour"]
)
lost = Counter(
    "pass_lost_records_total",
    "Records that Kafka no longer has: unread at the beginning, read at the end",
    ["topic", "side"],
)
batch_seconds = Histogram("pass_batch_seconds", "Time of one batch, from read to commit", ["topic"])
throttled = Counter("pass_throttled_total", "Requests that were asked to wait, because there were too many")
job_seconds = Histogram("pass_job_seconds", "Time of one run of a periodic job", ["job"])
job_failures = Counter("pass_job_failures_total", "Runs of a periodic job that failed", ["job"])
job_failing = Gauge(
    "pass_job_failing_objects", "With how many of its objects a job's last run failed; the others were done", ["job"]
)


def correlation_id() -> str:
    """Return the correlation of what is being done now; it begins here when nothing began it."""
    if not _correlation.get():
        _correlation.set(str(uuid7()))
    return _correlation.get()


def set_correlation(correlation: str) -> None:
    """Set the correlation of what is published and logged from here on in this task."""
    _correlation.set(correlation)


def traceparent() -> str:
    """Return the W3C trace context, when tracing is on."""
    if trace.get_current_span() is trace.INVALID_SPAN:
        return ""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier.get("traceparent", "")


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    began = time.perf_counter()
    yield
    histogram.observe(time.perf_counter() - began)


def _add_correlation(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if _correlation.get():
        entry["correlation"] = _correlation.get()
    return entry


class OncePerSecond(logging.Filter):
    """aiokafka repeats one error up to 1,750 times a second while the broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self.last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        message = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
        key = f"{record.name}:{message}"
        fresh = record.created - self.last.get(key, 0) > 1
        if fresh:
            self.last[key] = record.created
        return fresh


class ServiceName:
    """Which service it is, on each line."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {"service": self.name, **entry}


def described(error: BaseException) -> str:
    """Say what failed, by its kind: the sentence of an exception may quote a name, a phone or a whole row (rule 26).

    Kafka's and the operating system's sentences, and our own, quote none.
    """
    parts = [type(error).__name__]
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    parts += [f"SQLSTATE {state}"] if state else []
    harmless = isinstance(error, OSError) or type(error).__module__.partition(".")[0] in HARMLESS
    parts += [str(error)] if harmless and not isinstance(error, ValueError) else []
    return " : ".join(parts)


def _traced(error: BaseException) -> str:
    """Where it failed and what caused it, the oldest first, and each error of a group; lines of code, no values."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    causes = [*([cause] if cause else []), *(error.exceptions if isinstance(error, BaseExceptionGroup) else [])]
    before = "".join(f"{_traced(cause)}\n\n" for cause in causes)
    return f"{before}{''.join(traceback.format_tb(error.__traceback__))}{described(error)}"


def _without_values(_: object, __: str, entry: structlog.typing.EventDict) -> structlog.typing.EventDict:
    error = entry.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
    if isinstance(error, BaseException):
        entry["exception"] = _traced(error)
    if entry.get("logger") == "asyncio":  # it writes the whole exception of a forgotten task into its sentence
        entry["event"] = str(entry["event"]).partition("exception=")[0]
    return entry


def configure(service: str, level: str = "INFO") -> None:
    """Log JSON on standard output, one line an entry, the service's name and the correlation id on each."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_correlation,
        ServiceName(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(OncePerSecond())
    handler.setFormatter(_as_json([*shared, structlog.stdlib.add_logger_name]))
    logging.basicConfig(handlers=[handler], level=level, force=True)


def _as_json(before: list[structlog.typing.Processor]) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
