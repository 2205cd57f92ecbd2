"""How tests wait: they look at a fact until it holds, with one generous deadline.

`TEST_PATIENCE` is that deadline in seconds, the same for every wait of every test; a machine that does much else at the
same time is given more. A test that needs it is not slower for it: it goes on as soon as the fact holds.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = float(os.environ.get("TEST_PATIENCE", "120"))  # seconds
LOOK_EVERY = 0.02  # seconds


async def until(look: Callable[[], Awaitable[T]], what: str = "") -> T:
    """Look until the answer is true, and return it.

    Raises AssertionError with `what` was awaited and the last answer when the patience is over.
    """
    deadline = time.monotonic() + PATIENCE
    while not (answer := await look()):
        assert time.monotonic() < deadline, not_seen(what or look, answer)
        await asyncio.sleep(LOOK_EVERY)
    return answer


def until_now(look: Callable[[], T], what: str = "") -> T:
    """Do the same where no event loop runs."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := look()):
        assert time.monotonic() < deadline, not_seen(what or look, answer)
        time.sleep(LOOK_EVERY)
    return answer


def not_seen(what: object, answer: object) -> str:
    return f"not seen in {PATIENCE:.0f} s: {what}; the last answer was {answer!r}"
