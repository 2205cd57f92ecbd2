"""What people wrote back and nobody has read, with why it is open to who asks."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, select

from chassis.db import Reading, Transaction
from contracts.ids import BeneficiaryId
from services.notifications.model import Agent, Contact, NoSuchReply, Reply
from services.notifications.queries.access import why_open

MOST = 100
UNREAD = Reply.read_at.is_(None)


async def unread_replies(reading: Reading, agent: Agent) -> Sequence[Row[Reply, Contact | None, str]]:
    """List the oldest first; what comes from a number that nobody knows is the administration's."""
    why = why_open(agent, Reply.beneficiary_id, UNREAD).label("why")
    query = select(Reply, Contact, why).join(Contact, Contact.beneficiary_id == Reply.beneficiary_id, isouter=True)
    return (await reading.execute(query.where(UNREAD, why.is_not(None)).order_by(Reply.at).limit(MOST))).all()


async def why_reply_open(reading: Reading, agent: Agent, reply_id: UUID) -> tuple[BeneficiaryId | None, str | None]:
    """Find whose it is, and why the agent may read it. Raises NoSuchReply."""
    why = why_open(agent, Reply.beneficiary_id, UNREAD)
    row = (await reading.execute(select(Reply.beneficiary_id, why).where(Reply.id == reply_id))).one_or_none()
    if row is None:
        raise NoSuchReply
    return row[0], row[1]


async def reply_for_update(tx: Transaction, reply_id: UUID) -> Reply:
    """Lock it. Raises NoSuchReply."""
    reply = (await tx.scalars(select(Reply).where(Reply.id == reply_id).with_for_update())).one_or_none()
    if reply is None:
        raise NoSuchReply
    return reply


async def is_known_reply(reading: Reading, phone: str, text: str) -> bool:
    """Find whether the same words wait already: a provider that was not answered sends them again."""
    return bool(
        (await reading.scalars(select(Reply.id).where(UNREAD, Reply.phone == phone, Reply.text == text))).first()
    )
