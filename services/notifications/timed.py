"""What happens because time passes: notices fall due, the unclear are asked about, providers watched, old things go."""

from collections.abc import Sequence
from functools import partial

from chassis.db import Transaction
from chassis.periodic import Job, for_each, in_steps, in_transaction
from contracts.ids import BookId, NoticeId
from services.notifications import queries
from services.notifications.delivery import ASK, Dispatch, ask_about_unclear, listen, send_agent_mails
from services.notifications.settings import Settings
from services.notifications.usecases import agent_mails, calling, planning, providers, recording, subject_requests
from services.notifications.usecases.agent_mails import AGENT_MAILS

SOON = 0.1  # seconds, while something is due and no provider takes it
LOOK_EVERY = 1.0  # seconds; what is planned meanwhile wakes us


def jobs(settings: Settings, dispatch: Dispatch) -> tuple[Job, ...]:
    """List the timed jobs. Every instance sends and asks: each claims its own."""
    return (
        Job(queries.SEND, LOOK_EVERY, dispatch.run, soon=SOON),
        Job(ASK, 2, partial(ask_about_unclear, dispatch=dispatch)),
        *for_agents(settings, dispatch),
        Job("hear from the network", 5, partial(listen, dispatch=dispatch)),
        for_each("give up what is too late", 60, queries.too_late_by_hand, calling.give_up),
        in_transaction("drop what was never heard whole", 60, calling.drop_incomplete),
        in_transaction("watch providers", 2, partial(providers.watch, settings=settings)),
        for_each(
            "remind the unseen",
            3600,
            partial(planning.unseen_books, policy=settings.policy),
            partial(remind, settings=settings),
        ),
        for_each(
            "wait no longer for receipts",
            600,
            partial(recording.unreceipted, policy=settings.policy),
            partial(wait_no_longer, settings=settings),
        ),
        in_steps("keep no longer", 600, *subject_requests.retention_steps(settings)),
        in_transaction("end the journal", 86_400, settings.end_journal),
    )


def for_agents(settings: Settings, dispatch: Dispatch) -> tuple[Job, ...]:
    """List those of mails to agents."""
    forget = partial(agent_mails.forget_agent_mails, after=settings.retain_proofs)
    return (
        Job(AGENT_MAILS, LOOK_EVERY, partial(send_agent_mails, mail=dispatch.mail, settings=settings), soon=SOON),
        in_transaction("forget mails to agents", 86_400, forget),
    )


async def remind(tx: Transaction, books: Sequence[BookId], *, settings: Settings) -> None:
    await planning.plan_long_unseen(tx, settings, books)


async def wait_no_longer(tx: Transaction, notices: Sequence[NoticeId], *, settings: Settings) -> None:
    await recording.wait_no_longer(tx, settings.policy, notices)
