"""Hands composed notices to their providers, outside of any transaction, and keeps each answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from chassis import telemetry
from chassis.db import Database, Transaction
from services.notifications import queries
from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.outcome import Outcome, Refused, Sent
from services.notifications.delivery.sms import SmsProvider
from services.notifications.settings import Settings
from services.notifications.usecases import sending
from services.notifications.usecases.sending import Parcel

AT_ONCE = 32  # conversations with providers


@dataclass(frozen=True)
class Dispatch:
    """`run` is a periodic job: it goes on while there is something to send."""

    sms: SmsProvider
    mail: MailProvider
    settings: Settings

    async def run(self, database: Database) -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        while parcels := await database.transact(sending.compose_due):
            outcomes = await asyncio.gather(*(self._send(parcel, gate) for parcel in parcels))
            answers = list(zip(parcels, outcomes, strict=True))
            await database.transact(lambda tx, answers=answers: self._keep(tx, answers))  # type: ignore[misc]

    async def _send(self, parcel: Parcel, gate: asyncio.Semaphore) -> Outcome:
        telemetry.follow(parcel.correlation)
        async with gate:
            if parcel.channel == "sms":
                return await self.sms.send(parcel.notice_id, parcel.to, parcel.text)
            message = self.mail.message(parcel.notice_id, parcel.to, parcel.subject, parcel.text, parcel.calendar)
            return await self.mail.send(message)

    async def _keep(self, tx: Transaction, answers: Sequence[tuple[Parcel, Outcome]]) -> None:
        """A receipt may have overtaken the answer: what is final stays."""
        notices = await queries.notices_locked(tx, [parcel.notice_id for parcel, _ in answers])
        for parcel, outcome in answers:
            notice = notices[parcel.notice_id]
            telemetry.follow(parcel.correlation)
            match outcome:
                case _ if notice.state != "sending":
                    pass
                case Sent():
                    sending.keep_sent(tx, notice, outcome.provider, outcome.provider_id)
                case Refused():
                    await sending.keep_refused(tx, notice, outcome.failure, outcome.reason, self.settings.attempts)
