"""Mails to agents leave one by one, outside of any transaction: they are few."""

from functools import partial

import structlog

from chassis.db import Database
from contracts.ids import NoticeId
from services.notifications.delivery.mail import MailProvider
from services.notifications.settings import Settings
from services.notifications.texts.agents import invitation
from services.notifications.usecases import agent_mails
from services.notifications.usecases.outgoing import Outcome, OutgoingMessage, Refused, Unclear

log = structlog.get_logger("agent mails")


async def send_agent_mails(database: Database, mail: MailProvider, settings: Settings) -> bool:
    """Send what is due; answers whether nothing more is."""
    claimed = await database.transact(agent_mails.claim_agent_mails)
    for mail_id, name, address in claimed:
        subject, text, html = invitation(settings, name)
        known = {"channel": "email", "provider": "email", "to": address, "correlation": str(mail_id)}
        message = OutgoingMessage(NoticeId(mail_id), text=text, subject=subject, html=html, **known)  # type: ignore[arg-type]
        outcome = await _handed_over(mail, message)
        await database.transact(partial(agent_mails.record_outcome, mail_id=mail_id, outcome=outcome))
    return not claimed


async def _handed_over(mail: MailProvider, message: OutgoingMessage) -> Outcome:
    """What can't be written never leaves; after any other fault of ours nobody knows."""
    try:
        return await mail.send(message)
    except Exception as error:
        log.exception("the sender failed")
        reason = f"ce message ne peut pas partir ({type(error).__name__})"
        return Refused("permanent", reason) if isinstance(error, ValueError) else Unclear(reason)
