"""Keeps what the providers answered, many answers in one transaction. What one refuses for now the other is offered."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from chassis import telemetry
from chassis.clock import PARIS
from chassis.db import Transaction
from services.notifications import queries
from services.notifications.delivery.outcome import Outcome, Refused, Sent, Unclear
from services.notifications.model import Notice, Provider, Receipt, chosen
from services.notifications.settings import Settings
from services.notifications.usecases import sending
from services.notifications.usecases.outgoing import OutgoingMessage


@dataclass(frozen=True)
class Answer:
    """`tried` are the providers that have had the message."""

    outgoing: OutgoingMessage
    outcome: Outcome
    tried: frozenset[str]

    @property
    def wants_another(self) -> bool:
        refused = isinstance(self.outcome, Refused) and self.outcome.failure == "temporary"
        return refused and self.outgoing.channel == "sms"


async def keep(
    tx: Transaction, answers: Sequence[Answer], settings: Settings, free: Mapping[str, int]
) -> list[OutgoingMessage | None]:
    """By answer, what leaves by another provider. `free`: room by provider.

    A receipt may have overtaken the answer: what is final stays.
    """
    sent = [one.outcome for one in answers if isinstance(one.outcome, Sent)]
    await queries.lock_receipts(tx, sent)
    messages = await queries.messages_for_update(tx, [answer.outgoing.notice_id for answer in answers])
    keeping = Keeping(
        tx, settings, await queries.early_receipts(tx, sent), await Others.of(tx, settings, free, answers)
    )
    kept: list[OutgoingMessage | None] = []
    for answer in answers:
        telemetry.follow(answer.outgoing.correlation)
        message = messages.get(answer.outgoing.notice_id)
        sent_on = message and message[0].state == "sending"
        kept.append(await keeping.keep(message, answer) if message and sent_on else None)
    return kept


@dataclass(frozen=True)
class Others:
    """Who may take over, within its pace and its budget of the day. Locked."""

    providers: Sequence[Provider]
    free: dict[str, int]
    per_day: Mapping[str, int]
    today: date

    @classmethod
    async def of(cls, tx: Transaction, settings: Settings, free: Mapping[str, int], answers: Sequence[Answer]) -> Self:
        wanted = [*free] if any(one.wants_another for one in answers) else []
        per_day = {account.name: account.per_day for account in settings.sms}
        providers = await queries.providers_for_update(tx, wanted) if wanted else []
        return cls(providers, {**free}, per_day, tx.now.astimezone(PARIS).date())

    def instead(self, answer: Answer, segments: int) -> str | None:
        """One that has not had it yet: what it will spend is counted."""
        able = [
            one
            for one in self.providers
            if one.name not in answer.tried and one.left(self.per_day[one.name], self.today) > 0
        ]
        found = chosen(able, self.free, secrets.randbelow(1000) / 1000) if answer.wants_another else None
        if found is None:
            return None
        self.free[found.name] -= 1
        found.spend(segments, self.today)
        return found.name


@dataclass(frozen=True)
class Keeping:
    """What the answers of one transaction need. `early`: receipts that came before their answer."""

    tx: Transaction
    settings: Settings
    early: Mapping[tuple[str, str], Sequence[Receipt]]
    others: Others

    async def keep(self, message: Sequence[Notice], answer: Answer) -> OutgoingMessage | None:
        match answer.outcome:
            case Sent() as sent:
                await sending.record_sent(self.tx, message, *sent, self.early[sent])
            case Refused() as refused:
                return await self._refused(message, answer, refused)
            case Unclear(reason=reason):
                sending.note_trouble(self.tx, answer.outgoing.provider, reason)
                sending.ask_later(self.tx, message, self.settings)
        return None

    async def _refused(self, message: Sequence[Notice], answer: Answer, refused: Refused) -> OutgoingMessage | None:
        """By another provider at once, or later, or not by this channel."""
        if refused.failure == "temporary":
            sending.note_trouble(self.tx, answer.outgoing.provider, refused.reason)
        if other := self.others.instead(answer, message[0].segments):
            sending.hand_to_other(self.tx, message, other, self.settings)
            return replace(answer.outgoing, provider=other)
        await sending.record_refused(self.tx, message, refused.failure, refused.reason, self.settings)
        return None
