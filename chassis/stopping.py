"""A loop that is told to end ends, even when what it waited for lost the word."""

import asyncio


def told_to_end() -> bool:
    """Whether this task was cancelled.

    Before Python 3.12 `asyncio.wait_for` drops a cancellation that comes together with its answer, in libraries too:
    a loop without this question would then run for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
