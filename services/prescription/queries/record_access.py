"""Who opened whose record, and the count of searches by agent and day."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction
from contracts.ids import BeneficiaryId
from services.prescription.model import Agent, PastRecordAccess, RecordAccess, SearchCount


async def accesses_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[RecordAccess]:
    query = select(RecordAccess).where(RecordAccess.beneficiary_id == beneficiary_id).order_by(RecordAccess.at.desc())
    return (await reading.scalars(query)).all()


async def reason_given(reading: Reading, beneficiary_id: BeneficiaryId, subject: str, since: datetime) -> str | None:
    """Finds why this agent opened the record, when it was not long ago."""
    mine = RecordAccess.beneficiary_id == beneficiary_id, RecordAccess.subject == subject, RecordAccess.what == "opened"
    query = select(RecordAccess.why).where(*mine, RecordAccess.at > since).order_by(RecordAccess.at.desc()).limit(1)
    why: str | None = await reading.scalar(query)
    return why


async def forget_accesses(tx: Transaction, before: datetime) -> None:
    """Delete those of whom the record is here, and of the erased."""
    for table in (RecordAccess, PastRecordAccess):
        await tx.execute(delete(table).where(table.at < before))


async def count_search(tx: Transaction, agent: Agent, day: date) -> int:
    """Count one more. Answers how many they are that day."""
    first = {"day": day, "subject": agent.subject, "name": agent.name, "searches": 1, "others": 0}
    again = {"searches": SearchCount.searches + 1, "name": agent.name}
    adding = insert(SearchCount).values(first).on_conflict_do_update(index_elements=["day", "subject"], set_=again)
    return (await tx.execute(adding.returning(SearchCount.searches))).scalar_one()


async def count_shown(tx: Transaction, agent: Agent, day: date, others: int) -> None:
    row = await tx.get(SearchCount, (day, agent.subject))
    if row and others:
        row.others += others


async def many_searches(reading: Reading, since: date, alarm: int) -> Sequence[SearchCount]:
    """Lists the days on which an agent searched that often, the last first."""
    query = select(SearchCount).where(SearchCount.day >= since, SearchCount.searches >= alarm)
    return (await reading.scalars(query.order_by(SearchCount.day.desc(), SearchCount.searches.desc()))).all()


async def many_searches_count(reading: Reading, since: date, alarm: int) -> int:
    query = select(func.count()).select_from(SearchCount)
    return (await reading.execute(query.where(SearchCount.day >= since, SearchCount.searches >= alarm))).scalar_one()


async def forget_searches(tx: Transaction, before: date) -> None:
    await tx.execute(delete(SearchCount).where(SearchCount.day < before))
