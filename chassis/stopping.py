"""Work that is to end ends: even when what it waited for lost the word, even when what it waits for hangs."""

import asyncio
from collections.abc import Awaitable

import structlog

from chassis import telemetry

log = structlog.get_logger("stopping")


def was_cancelled() -> bool:
    """Whether this task was cancelled.

    Before Python 3.12 `asyncio.wait_for` drops a cancellation that comes together with its answer, in libraries too:
    a loop without this question would then run for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def pause(seconds: float) -> None:
    """Sleep between two turns of a loop. Raises CancelledError at once where the word to end was lost before."""
    if was_cancelled():
        raise asyncio.CancelledError
    await asyncio.sleep(seconds)


async def bounded(what: str, step: Awaitable[object], seconds: float) -> None:
    """Take a step of an end, and leave it behind when it takes longer than so many seconds or fails.

    `asyncio.wait_for` is no bound here: it waits until what it cancelled has ended. Over TLS a client that closes
    waits 30 seconds for the answer to its goodbye (asyncio's `ssl_shutdown_timeout`), which a broker may never send.
    """
    task = asyncio.ensure_future(step)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        task.cancel()
        log.warning("left behind at the end", what=what, seconds=seconds)
    elif not task.cancelled() and (error := task.exception()):
        log.warning("failed at the end", what=what, error=telemetry.described(error))
