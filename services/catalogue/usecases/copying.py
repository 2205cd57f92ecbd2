"""A person asks for what is stored of them: catalogue knows no resident, and says so. Rule 27."""

from chassis.db import Transaction
from contracts.catalogue import CatalogueCopyAnswered
from contracts.prescription import CopyRequested
from county import copies


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    await copies.answer(tx, asked, CatalogueCopyAnswered, lambda: ())
