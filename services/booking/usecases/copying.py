"""A person asks for what is stored of them: booking answers with all it has, sealed for that copy. Rule 27."""

from functools import partial

from chassis.db import Transaction
from contracts.booking import BookingCopyAnswered
from contracts.prescription import CopyRequested
from county import copies
from services.booking import queries, texts


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    await tx.flush()
    stored = await queries.stored_of(tx, asked.beneficiary_id)
    await copies.answer(tx, asked, BookingCopyAnswered, partial(texts.sections, stored))
