"""What happens because time passes: notices fall due, the unclear are asked about, providers watched, old things go."""

from collections.abc import Awaitable, Callable
from functools import partial

from chassis.db import Database
from chassis.periodic import Job, alone
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.delivery.network import listen
from services.notifications.settings import Settings
from services.notifications.usecases import calling, forgetting, sending, watching

LOOK_EVERY = 0.1  # seconds


def jobs(settings: Settings, dispatch: Dispatch) -> tuple[Job, ...]:
    """Every instance sends and asks: each claims its own."""
    timed: dict[str, tuple[float, Callable[..., Awaitable[object]]]] = {
        "watch providers": (2, watching.watch),
        "remind the unseen": (3600, watching.remind_the_unseen),
        "wait no longer for receipts": (600, sending.wait_no_longer),
        "keep no longer": (600, forgetting.keep_no_longer),
    }
    return (
        Job("send notices", LOOK_EVERY, dispatch.run),
        Job("ask about the unclear", 2, partial(ask, dispatch=dispatch)),
        Job("hear from the network", 5, partial(listen, dispatch=dispatch)),
        alone("give up what is too late", 60, calling.give_up),
        alone("end the journal", 86_400, settings.end_journal),
        *(alone(name, every, partial(work, settings=settings)) for name, (every, work) in timed.items()),
    )


async def ask(database: Database, *, dispatch: Dispatch) -> None:
    await ask_about_unclear(database, dispatch)
