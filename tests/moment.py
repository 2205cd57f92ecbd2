"""The tests at another moment: `TEST_MOMENT="2028-02-29 23:55" make test-fast`, a time in Paris.

Nothing may depend on when the tests run: at night, at a month's end, when the clocks change. The clock of the tests'
own processes is moved, with the services inside; PostgreSQL and other programs keep theirs.
"""

import os
from datetime import datetime

import time_machine

from chassis.clock import PARIS

MOMENT = os.environ.get("TEST_MOMENT", "")


def begin() -> None:
    """From here on it is that moment, and time goes on from there."""
    if MOMENT:
        time_machine.travel(datetime.fromisoformat(MOMENT).replace(tzinfo=PARIS).timestamp()).start()
