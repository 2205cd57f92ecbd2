"""What happens because time passes: notices fall due, interrupted ones are looked after."""

from functools import partial

import httpx

from chassis.db import Transaction
from chassis.periodic import Job, alone
from services.notifications.delivery import MailProvider, SmsProvider
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.settings import Settings
from services.notifications.usecases import sending

LOOK_EVERY = 0.1  # seconds


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Every instance sends: each claims its own notices."""
    return (
        Job("send notices", LOOK_EVERY, dispatch(settings).run),
        alone("look after interrupted notices", 10, partial(look_after_interrupted, settings=settings)),
    )


def dispatch(settings: Settings) -> Dispatch:
    within = settings.provider_answers_within.total_seconds()
    client = httpx.AsyncClient(
        base_url=settings.sms_url,
        headers={"Authorization": f"Bearer {settings.sms_token.get_secret_value()}"},
        timeout=within,
    )
    mail = MailProvider(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        within=within,
        tls=settings.smtp_tls,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )
    return Dispatch(SmsProvider("sms", client, settings.sms_sender), mail, settings)


async def look_after_interrupted(tx: Transaction, *, settings: Settings) -> None:
    await sending.keep_interrupted(tx, tx.now - settings.interrupted_after)
