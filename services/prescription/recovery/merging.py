"""Two records that became one person since become so again."""

from datetime import datetime

from chassis.db import Transaction
from contracts.prescription import BeneficiaryMerged
from services.prescription import queries
from services.prescription.model import Agent, merge_histories
from services.prescription.usecases.doubles import move_history


async def merge_again(tx: Transaction, event: BeneficiaryMerged, at: datetime, reason: str) -> None:
    """What was decided about their books had been answered: a merge waits for that. How it is now follows."""
    people = await queries.people_for_update(tx, {event.kept_id, event.merged_id})
    if len(people) != 2:  # noqa: PLR2004 - the two
        return
    await tx.execute(queries.JUDGED_AT_THE_END)
    books = await queries.books_of(tx, event.kept_id, event.merged_id)
    for change in (change for book in books for change in book.changes if change.confirmed_at is None):
        change.confirmed_at, change.done = at, True
    merge_histories(books, event.kept_id)
    await tx.flush()
    agent = Agent("", reason, "system")
    await move_history(tx, event.kept_id, event.merged_id, reason=reason, by=agent)
    await tx.delete(people[event.merged_id])
    await tx.flush()
    people[event.kept_id].absorb(people[event.merged_id])
