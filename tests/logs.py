"""What a service writes to its log, while it is looked at."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chassis import telemetry


@contextmanager
def logging_as(service: str) -> Iterator[None]:
    """With the settings of a service in force, on this test's standard output; then as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.configure(service, "INFO")
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
