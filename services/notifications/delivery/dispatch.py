"""Hands messages to their providers, outside of any transaction, and keeps each answer.

A message is claimed with its provider's name before it leaves; the answers that come while one transaction runs are
kept together by the next.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from chassis import telemetry
from chassis.db import Database, Transaction
from chassis.lanes import Lane
from services.notifications import queries
from services.notifications.delivery.accounts import mail_provider, sms_providers
from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.outcome import Outcome, Refused, Sent, Unclear
from services.notifications.delivery.pace import BURST, Pace
from services.notifications.delivery.seam import SmsProvider
from services.notifications.model import Notice, Receipt
from services.notifications.settings import Settings
from services.notifications.usecases import composing, sending
from services.notifications.usecases.parcel import Parcel

log = structlog.get_logger("dispatch")

Early = Mapping[tuple[str, str], Sequence[Receipt]]

STALE = 20.0  # seconds after its claim, a message is not begun any more: somebody may be asking about it


@dataclass(frozen=True)
class Answer:
    parcel: Parcel
    outcome: Outcome
    tried: frozenset[str]


@dataclass
class Dispatch:
    """`run` is a periodic job: it claims while there is something to send and room for it, and waits for nobody."""

    settings: Settings
    sms: dict[str, SmsProvider]
    mail: MailProvider
    paces: dict[str, Pace]
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _lanes: dict[Database, Lane[Answer, Parcel | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Dispatch":
        paces = {account.name: Pace(account.per_second) for account in settings.sms}
        paces["email"] = Pace(settings.mails_per_second)
        return cls(settings, sms_providers(settings), mail_provider(settings), paces)

    async def run(self, database: Database) -> bool:
        """Whether nothing was due; else there was no room for it."""
        while any((free := {name: pace.room() for name, pace in self.paces.items()}).values()):
            claim = await database.transact(lambda tx, free=free: composing.compose_due(tx, self.settings, free))  # type: ignore[misc]
            for parcel in claim.parcels:
                self._begin(database, parcel)
            if claim.all_of_them:
                return all(free.values())
        return False

    async def drain(self, database: Database) -> None:
        """Until nothing is due and nothing under way."""
        while not await self.run(database) or self.under_way:
            if self.under_way:
                await asyncio.wait(self.under_way)
            else:
                await asyncio.sleep(BURST)

    async def close(self) -> None:
        """What is under way is asked about later."""
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        for provider in self.sms.values():
            await provider.close()

    def _begin(self, database: Database, parcel: Parcel) -> None:
        pace = self.paces[parcel.provider if parcel.channel == "sms" else "email"]
        pace.enter()
        task = asyncio.create_task(self._deliver(database, parcel))
        self.under_way.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, pace))

    def _ended(self, task: asyncio.Task[None], pace: Pace) -> None:
        pace.leave()
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("the answer could not be kept, the provider will be asked", error=repr(error))

    async def _deliver(self, database: Database, parcel: Parcel) -> None:
        telemetry.follow(parcel.correlation)
        lane = self._lanes.setdefault(database, Lane(database, self._keep))
        claimed, tried = time.monotonic(), frozenset[str]()
        going: Parcel | None = parcel
        while going is not None:
            tried |= {going.provider}
            outcome = await self._hand_over(going, claimed)
            going = await lane.ask(Answer(going, outcome, tried))

    async def _hand_over(self, parcel: Parcel, claimed: float) -> Outcome:
        if time.monotonic() - claimed > STALE:
            return Unclear("reprise après une longue pause")
        if parcel.channel == "email":
            return await self.mail.send(parcel)
        return await self.sms[parcel.provider].send(parcel.notice_id, parcel.to, parcel.text)

    async def _keep(self, tx: Transaction, answers: Sequence[Answer]) -> list[Parcel | None]:
        """A receipt may have overtaken the answer: what is final stays."""
        messages = await queries.messages_locked(tx, [answer.parcel.notice_id for answer in answers])
        early = await queries.early_receipts(tx, [one.outcome for one in answers if isinstance(one.outcome, Sent)])
        kept: list[Parcel | None] = []
        for answer in answers:
            telemetry.follow(answer.parcel.correlation)
            message = messages.get(answer.parcel.notice_id)
            sent_on = message and message[0].state == "sending"
            kept.append(await self._keep_one(tx, message, answer, early) if message and sent_on else None)
        return kept

    async def _keep_one(
        self, tx: Transaction, message: Sequence[Notice], answer: Answer, early: Early
    ) -> Parcel | None:
        match answer.outcome:
            case Sent() as sent:
                await sending.keep_sent(tx, message, *sent, early[sent])
            case Refused(failure="temporary", reason=reason) if other := self._other(answer):
                sending.note_trouble(tx, answer.parcel.provider, reason)
                sending.hand_to_other(tx, message, other, self.settings)
                return replace(answer.parcel, provider=other)
            case Refused(failure=failure, reason=reason):
                if failure == "temporary":
                    sending.note_trouble(tx, answer.parcel.provider, reason)
                await sending.keep_refused(tx, message, failure, reason, self.settings)
            case Unclear(reason=reason):
                sending.note_trouble(tx, answer.parcel.provider, reason)
                sending.ask_soon(tx, message)
        return None

    def _other(self, answer: Answer) -> str | None:
        """A provider that has not had it yet and has room."""
        if answer.parcel.channel == "email":
            return None
        others = [name for name in self.sms if name not in answer.tried and self.paces[name].room()]
        return others[0] if others else None
