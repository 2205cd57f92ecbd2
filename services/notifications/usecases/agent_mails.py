"""Agents are invited by mail: one mail each time that they are, at most once; what did not arrive is shown."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from chassis.db import Transaction
from contracts.agents import AgentStated
from contracts.ids import AccountId
from services.notifications import queries
from services.notifications.model import AgentMail, Recipient
from services.notifications.usecases.outgoing import Outcome, Refused, Sent, Unclear

AGENT_MAILS = "send mails to agents"
UNDER_WAY = timedelta(minutes=5)
INTERRUPTED = "l'envoi a été interrompu : il est peut-être parti"


async def record_agent(tx: Transaction, event: AgentStated) -> None:
    """Record how to write to them; a mail is asked for when they were invited once more. An older version is nothing.

    Of somebody who is not known yet the first version alone asks for one: a database that reads all accounts anew
    writes to none of those who signed in long ago.
    """
    known = await queries.agent_for_update(tx, event.account_id)
    if known and known.version >= event.version:
        return
    is_new = event.invitations > known.invitations if known else event.version == 1
    agent = await tx.merge(Recipient.of(event))
    if is_new:
        await tx.flush()
        tx.add(AgentMail.invitation(agent, tx.now))
        tx.wakes.add(AGENT_MAILS)


async def forget_agent(tx: Transaction, account_id: AccountId) -> None:
    await queries.forget_agent(tx, account_id)


async def claim_agent_mails(tx: Transaction) -> Sequence[tuple[UUID, str, str]]:
    """Claim what is due: its id, name and address. What was under way too long may have left, and is not sent again."""
    claimed = []
    for mail, agent in await queries.agent_mails_due(tx):
        if mail.state == "sending":
            mail.end("unclear", INTERRUPTED)
        else:
            mail.start(tx.now, UNDER_WAY)
            claimed.append((mail.id, agent.name, agent.email))
    return claimed


async def record_outcome(tx: Transaction, mail_id: UUID, outcome: Outcome) -> None:
    """Record what the mail server made of it; nothing of somebody who was forgotten meanwhile."""
    mail = await queries.agent_mail_for_update(tx, mail_id)
    if mail is None or mail.state != "sending":
        return
    match outcome:
        case Sent():
            mail.end("sent")
        case Unclear(reason):
            mail.end("unclear", reason)
        case Refused("temporary", reason):
            mail.try_again(tx.now, reason)
        case Refused(_, reason):
            mail.end("failed", reason)


async def record_bounce(tx: Transaction, mail_id: UUID, reason: str) -> bool:
    """Record that it came back. Answers whether it was a mail to an agent."""
    mail = await queries.agent_mail_for_update(tx, mail_id)
    if mail:
        mail.end("failed", reason)
    return mail is not None


async def forget_agent_mails(tx: Transaction, after: timedelta) -> None:
    await queries.forget_agent_mails(tx, tx.now - after)
