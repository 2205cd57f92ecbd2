"""A person asks for what is stored of them: notifications answers with all it has, sealed for that copy. Rule 27."""

from functools import partial

from chassis.db import Transaction
from contracts.notifications import NotificationsCopyAnswered
from contracts.prescription import CopyRequested
from county import copies
from services.notifications import queries
from services.notifications.texts import copied


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    await tx.flush()
    stored = await queries.stored_of(tx, asked.beneficiary_id)
    await copies.answer(tx, asked, NotificationsCopyAnswered, partial(copied, stored))
