"""Agents, and the mails to them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, delete, select

from chassis.db import Reading, Transaction
from contracts.ids import AccountId
from services.notifications.model import AgentMail, Recipient

AT_ONCE = 20
LATEST = 200


async def agent_for_update(tx: Transaction, account_id: AccountId) -> Recipient | None:
    return await tx.get(Recipient, account_id, with_for_update=True)


async def forget_agent(tx: Transaction, account_id: AccountId) -> None:
    """Forget name, address and the mails to them."""
    await tx.execute(delete(Recipient).where(Recipient.account_id == account_id))


async def agent_mails_due(tx: Transaction) -> Sequence[Row[AgentMail, Recipient]]:
    """Lock some that are due, each with its agent; those of another instance are passed over."""
    due = AgentMail.state.in_(("scheduled", "sending")) & (AgentMail.due_at <= tx.now)
    query = select(AgentMail, Recipient).join(Recipient, Recipient.account_id == AgentMail.account_id).where(due)
    locked = query.order_by(AgentMail.due_at).limit(AT_ONCE).with_for_update(of=AgentMail, skip_locked=True)
    return (await tx.execute(locked)).all()


async def agent_mail_for_update(tx: Transaction, mail_id: UUID) -> AgentMail | None:
    return await tx.get(AgentMail, mail_id, with_for_update=True)


async def agent_mails(reading: Reading, account_id: AccountId | None) -> Sequence[Row[AgentMail, Recipient]]:
    """Answers the latest, of all agents or of that one."""
    query = select(AgentMail, Recipient).join(Recipient, Recipient.account_id == AgentMail.account_id)
    if account_id:
        query = query.where(AgentMail.account_id == account_id)
    return (await reading.execute(query.order_by(AgentMail.asked_at.desc()).limit(LATEST))).all()


async def forget_agent_mails(tx: Transaction, before: datetime) -> None:
    """Delete the proofs of what is older; none that waits."""
    over = AgentMail.state.not_in(("scheduled", "sending"))
    await tx.execute(delete(AgentMail).where(AgentMail.asked_at < before, over))
