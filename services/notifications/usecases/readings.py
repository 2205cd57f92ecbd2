"""Who looked at whose messages, and why: they open to those who need them, and every reading is recorded. Rule 27."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from chassis import erasure
from chassis.db import Reading, Transaction
from chassis.journal import concerns
from contracts.ids import BeneficiaryId, NoticeId
from services.notifications import queries
from services.notifications.model import ANONYMOUS, Agent, NoSuchReply, ReasonAsked, RecordRead, Where


async def record_reading(
    tx: Transaction, agent: Agent, what: Where, why: Mapping[BeneficiaryId, str], *, opening: bool = False
) -> None:
    """Record that each of these people was read of, in a list that shows telephones or words; not the erased."""
    here = await erasure.staying(tx, {*why} - {ANONYMOUS})
    known = {"by": agent.subject, "name": agent.name, "what": what, "opening": opening, "at": tx.now}
    for person in sorted(here):
        concerns(tx, person, why=why[BeneficiaryId(person)])
    read = [RecordRead(beneficiary_id=person, why=why[BeneficiaryId(person)], **known) for person in sorted(here)]
    await queries.insert_readings(tx, read)


async def give_reason(tx: Transaction, agent: Agent, beneficiary_id: BeneficiaryId, why: str) -> None:
    """«Break the glass»: open the messages of somebody whom others follow, for a while. Raises NoSuchPerson."""
    if not await queries.is_known(tx, beneficiary_id):
        raise queries.NoSuchPerson
    await record_reading(tx, agent, "person", {beneficiary_id: why}, opening=True)


async def why_open(reading: Reading, agent: Agent, beneficiary_id: BeneficiaryId) -> str:
    """Find why that person's messages are open. Raises ReasonAsked."""
    why = await queries.why_open_of(reading, agent, beneficiary_id)
    if why is None:
        raise ReasonAsked(beneficiary_id)
    return why


async def check_open(reading: Reading, agent: Agent, ids: Iterable[NoticeId]) -> Mapping[BeneficiaryId, str]:
    """Find, by person, why the agent may do what these messages ask. Raises ReasonAsked when any is another's."""
    notices = await queries.why_open_to(reading, agent, ids)
    for _, person, why in notices:
        if why is None:
            raise ReasonAsked(person)
    return {person: why for _, person, why in notices if why}


async def why_reply_open(reading: Reading, agent: Agent, reply_id: UUID) -> str:
    """Find why that reply is open; an unknown number's is the administration's. Raises ReasonAsked, NoSuchReply."""
    person, why = await queries.why_reply_open(reading, agent, reply_id)
    if why:
        return why
    if person is None:
        raise NoSuchReply
    raise ReasonAsked(person)
