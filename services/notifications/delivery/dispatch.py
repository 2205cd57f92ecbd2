"""Hands messages to their providers, outside of any transaction, and records each answer.

A message is claimed with its provider's name before it leaves; the answers that come while one transaction runs are
recorded together by the next.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from chassis import telemetry
from chassis.batching import Batcher
from chassis.db import Database, Transaction
from services.notifications.delivery.mail import MailProvider
from services.notifications.delivery.providers import (
    BURST,
    RateLimiter,
    SmsProvider,
    mail_provider,
    rate_limiters,
    sms_providers,
)
from services.notifications.settings import Settings
from services.notifications.usecases.composing import compose_due
from services.notifications.usecases.outgoing import Outcome, OutgoingMessage, Refused, Unclear
from services.notifications.usecases.recording import Answer, record_answers

log = structlog.get_logger("dispatch")

STALE = 20.0  # seconds after its claim, a message is not begun any more: somebody may be asking about it
CLOSES_WITHIN = 5.0  # seconds


@dataclass
class Dispatch:
    """Sends what is due. `run` is a periodic job: it claims while providers take something, and waits for nobody."""

    settings: Settings
    sms: dict[str, SmsProvider]
    mail: MailProvider
    limiters: dict[str, RateLimiter]
    under_way: set[asyncio.Task[None]] = field(default_factory=set)
    _batchers: dict[Database, Batcher[Answer, OutgoingMessage | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> "Dispatch":
        return cls(settings, sms_providers(settings), mail_provider(settings), rate_limiters(settings))

    async def run(self, database: Database) -> bool:
        """Claim and begin what is due. Whether nothing is left; else no provider takes more now."""
        while any((free := {name: limiter.available() for name, limiter in self.limiters.items()}).values()):
            claim = await database.transact(partial(compose_due, settings=self.settings, free=free))
            for outgoing in claim.messages:
                self._begin(database, outgoing)
            if claim.nothing_left:
                return all(free.values())
        return False

    async def drain(self, database: Database) -> None:
        """Run until nothing is due and nothing under way."""
        while not await self.run(database) or self.under_way:
            if self.under_way:
                await asyncio.wait(self.under_way)
            else:
                await asyncio.sleep(BURST)

    async def close(self) -> None:
        """Wait a moment for those in flight; what is still under way then is asked about later."""
        if self.under_way:
            await asyncio.wait(self.under_way, timeout=CLOSES_WITHIN)
        for task in self.under_way:
            task.cancel()
        await asyncio.gather(*self.under_way, return_exceptions=True)
        await asyncio.gather(*(provider.close() for provider in self.sms.values()))

    def _begin(self, database: Database, outgoing: OutgoingMessage) -> None:
        self._limiter(outgoing).acquire()
        task = asyncio.create_task(self._deliver(database, outgoing))
        self.under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("the answer could not be recorded, the provider will be asked", error=telemetry.described(error))

    async def _deliver(self, database: Database, outgoing: OutgoingMessage) -> None:
        """Each provider that is tried has it at its own rate."""
        telemetry.set_correlation(outgoing.correlation)
        batcher = self._batchers.setdefault(database, Batcher(database, self._record))
        claimed, tried = time.monotonic(), frozenset[str]()
        going: OutgoingMessage | None = outgoing
        while going is not None:
            tried |= {going.provider}
            try:
                outcome = await self._hand_over(going, claimed)
                following = await batcher.ask(Answer(going, outcome, tried))
            finally:
                self._limiter(going).release()
            if going := following:
                self._limiter(going).acquire()

    async def _hand_over(self, outgoing: OutgoingMessage, claimed: float) -> Outcome:
        """What can't be written for this person never leaves; after any other fault of ours nobody knows."""
        if time.monotonic() - claimed > STALE:
            return Unclear("reprise après une longue pause")
        try:
            return await (self.mail if outgoing.channel == "email" else self.sms[outgoing.provider]).send(outgoing)
        except Exception as error:
            log.exception("the sender failed", provider=outgoing.provider)
            reason = f"ce message ne peut pas partir ({type(error).__name__})"
            return Refused("permanent", reason) if isinstance(error, ValueError) else Unclear(reason)

    async def _record(self, tx: Transaction, answers: Sequence[Answer]) -> list[OutgoingMessage | None]:
        return await record_answers(
            tx, answers, self.settings, {name: self.limiters[name].available() for name in self.sms}
        )

    def _limiter(self, outgoing: OutgoingMessage) -> RateLimiter:
        return self.limiters[outgoing.provider if outgoing.channel == "sms" else "email"]
