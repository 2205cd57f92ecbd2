"""What became of a message: taken, refused, not answered; found again after a crash; its receipts. Rule 23.

What one provider refuses for now the other is offered. A message of which nobody knows is never simply sent again.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from chassis import telemetry
from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from chassis.outbox import publish
from contracts.ids import NoticeId
from services.notifications import queries
from services.notifications.model import FINAL, Failure, Notice, Provider, Receipt, Trouble, chosen
from services.notifications.policy import NoticePolicy
from services.notifications.settings import Settings
from services.notifications.usecases.outgoing import Absent, Lookup, Outcome, OutgoingMessage, Refused, Sent, Unclear

NOBODYS = NoticeId(UUID(int=0))
RECEIPTS_TAKE = timedelta(hours=1)
NO_RECEIPT = "aucun accusé de réception"
UNCLEAR = "peut-être reçu, à vérifier par un appel"


@dataclass(frozen=True)
class Answer:
    """What one provider made of a message. `tried` are the providers that have had it."""

    outgoing: OutgoingMessage
    outcome: Outcome
    tried: frozenset[str]

    @property
    def wants_another(self) -> bool:
        refused = isinstance(self.outcome, Refused) and self.outcome.failure == "temporary"
        return refused and self.outgoing.channel == "sms"


@dataclass(frozen=True)
class Others:
    """Who may take over, at its rate and within its budget of the day. Locked."""

    providers: Sequence[Provider]
    free: dict[str, int]
    per_day: Mapping[str, int]
    today: date

    @classmethod
    async def of(cls, tx: Transaction, settings: Settings, free: Mapping[str, int], answers: Sequence[Answer]) -> Self:
        wanted = [*free] if any(answer.wants_another for answer in answers) else []
        per_day = {account.name: account.per_day for account in settings.sms}
        providers = await queries.providers_for_update(tx, wanted) if wanted else []
        return cls(providers, {**free}, per_day, tx.now.astimezone(PARIS).date())

    def instead(self, answer: Answer, segments: int) -> str | None:
        """Choose one that has not had it yet: what it will spend is counted."""
        able = [
            provider
            for provider in self.providers
            if provider.name not in answer.tried and provider.left(self.per_day[provider.name], self.today) > 0
        ]
        other = chosen(able, self.free, secrets.randbelow(1000) / 1000) if answer.wants_another else None
        if other is None:
            return None
        self.free[other.name] -= 1
        other.spend(segments, self.today)
        return other.name


async def record_answers(
    tx: Transaction, answers: Sequence[Answer], settings: Settings, free: Mapping[str, int]
) -> list[OutgoingMessage | None]:
    """Record them, and give by answer what leaves by another provider. `free`: messages that each provider takes now.

    A receipt may have overtaken the answer: what is final stays.
    """
    sent = [answer.outcome for answer in answers if isinstance(answer.outcome, Sent)]
    await queries.lock_receipts(tx, sent)
    messages = await queries.messages_for_update(tx, [answer.outgoing.notice_id for answer in answers])
    early, others = await queries.early_receipts(tx, sent), await Others.of(tx, settings, free, answers)
    recording = Recording(tx, settings.policy, early, others)
    again: list[OutgoingMessage | None] = []
    for answer in answers:
        telemetry.set_correlation(answer.outgoing.correlation)
        message = messages.get(answer.outgoing.notice_id)
        under_way = message and message[0].state == "sending"
        again.append(await recording.record(message, answer) if message and under_way else None)
    return again


@dataclass(frozen=True)
class Recording:
    """What the answers of one transaction need. `early`: receipts that came before their answer."""

    tx: Transaction
    policy: NoticePolicy
    early: Mapping[tuple[str, str], Sequence[Receipt]]
    others: Others

    async def record(self, message: Sequence[Notice], answer: Answer) -> OutgoingMessage | None:
        """Record it, and give what leaves by another provider."""
        match answer.outcome:
            case Sent() as sent:
                await record_sent(self.tx, message, sent, self.early[sent])
            case Refused() as refused:
                return await self._refused(message, answer, refused)
            case Unclear(reason=reason):
                note_trouble(self.tx, answer.outgoing.provider, reason)
                ask_later(self.tx, message, self.policy)
        return None

    async def _refused(self, message: Sequence[Notice], answer: Answer, refused: Refused) -> OutgoingMessage | None:
        """By another provider at once, or later, or not by this channel."""
        if refused.failure == "temporary":
            note_trouble(self.tx, answer.outgoing.provider, refused.reason)
        if other := self.others.instead(answer, message[0].segments):
            hand_to_other(self.tx, message, other, self.policy)
            return replace(answer.outgoing, provider=other)
        await record_refused(self.tx, message, refused, self.policy)
        return None


async def record_lookups(
    tx: Transaction, lookups: Sequence[tuple[Notice, Lookup]], policy: NoticePolicy, askable: Collection[str]
) -> None:
    """Record what providers know of messages that they were asked about. `askable`: those who can be asked again."""
    sent = [lookup for _, lookup in lookups if isinstance(lookup, Sent)]
    await queries.lock_receipts(tx, sent)
    messages = await queries.messages_for_update(tx, [notice.id for notice, _ in lookups])
    early = await queries.early_receipts(tx, sent)
    for notice, lookup in lookups:
        message = messages.get(notice.id, [])
        if not message or message[0].state != "sending":
            continue
        telemetry.set_correlation(notice.correlation)
        match lookup:
            case Sent():
                await record_sent(tx, message, lookup, early[lookup])
            case Absent():
                record_absent(tx, message)
            case Unclear():
                await record_unclear(tx, message, policy, may_be_asked=message[0].provider in askable)


async def fail(tx: Transaction, message: Sequence[Notice], failure: Failure, reason: str) -> None:
    """Publish that this channel did not work: the next one is tried at once (rule 25)."""
    for notice in message:
        if failed := notice.failed(failure, reason, tx.now):
            await queries.plan(tx, [notice.by_next_channel(tx.now)])
            publish(tx, failed)


async def check_by_call(tx: Transaction, message: Sequence[Notice], reason: str) -> None:
    """Let a person ask whether it arrived, which nobody knows: sending again could say it twice."""
    for notice in message:
        if failed := notice.failed("temporary", f"{reason} : {UNCLEAR}", tx.now):
            await queries.plan(tx, [notice.by_next_channel(tx.now, "call")])
            publish(tx, failed)


async def record_sent(tx: Transaction, message: Sequence[Notice], sent: Sent, early: Iterable[Receipt]) -> None:
    """Record that the provider took it. `early` are the receipts that came before the answer."""
    for notice in message:
        if notice.state not in FINAL:
            publish(tx, notice.sent(sent.provider, sent.provider_id, tx.now))
    for receipt in early:
        await _apply_receipt(tx, message, receipt.status, receipt.reason)


async def record_refused(tx: Transaction, message: Sequence[Notice], refused: Refused, policy: NoticePolicy) -> None:
    """Try temporary trouble again as long as the notice may wait."""
    for notice in message:
        if refused.failure == "temporary" and notice.may_wait(policy, tx.now):
            notice.try_again(refused.reason, tx.now)
        else:
            await fail(tx, [notice], refused.failure, refused.reason)


def hand_to_other(tx: Transaction, message: Sequence[Notice], provider: str, policy: NoticePolicy) -> None:
    """Offer it to the other at once: known before it leaves, so that the right one is asked later."""
    for notice in message:
        notice.provider, notice.check_at = provider, tx.now + policy.interrupted_after


def note_trouble(tx: Transaction, provider: str, reason: str) -> None:
    tx.add(Trouble(provider=provider, at=tx.now, reason=reason))


def ask_later(tx: Transaction, message: Sequence[Notice], policy: NoticePolicy) -> None:
    """Leave it under way, as if sent. Its provider is asked when what left has surely arrived there, or never will."""
    for notice in message:
        notice.sent_at = notice.sent_at or tx.now
        notice.check_at = tx.now + policy.interrupted_after


async def claim_unclear(tx: Transaction, policy: NoticePolicy) -> list[Notice]:
    """Claim the messages whose provider is to be asked now; nobody else asks meanwhile."""
    unclear = [*await queries.unclear_notices(tx)]
    ask_later(tx, unclear, policy)
    return unclear


def record_absent(tx: Transaction, message: Sequence[Notice]) -> None:
    """Let it be sent: the provider never had it."""
    for notice in message:
        notice.try_again("envoi interrompu, repris", tx.now)


async def record_unclear(
    tx: Transaction, message: Sequence[Notice], policy: NoticePolicy, *, may_be_asked: bool
) -> None:
    """Ask again for some minutes; then a person asks."""
    leader = message[0]
    if may_be_asked and tx.now < (leader.sent_at or leader.due_at) + policy.unknown_after:
        leader.check_at = tx.now + policy.interrupted_after / 2
    else:
        await check_by_call(tx, message, "envoi interrompu ou sans réponse")


async def unreceipted(reading: Reading, now: datetime, policy: NoticePolicy) -> Sequence[NoticeId]:
    return await queries.unreceipted(reading, now - policy.receipts_within, now - RECEIPTS_TAKE)


async def wait_no_longer(tx: Transaction, policy: NoticePolicy, among: Collection[NoticeId] | None = None) -> None:
    """Let a person ask, in a timed job, about what was taken and has no receipt, unless it is too late for it.

    About all such messages, or about some.
    """
    waited = await unreceipted(tx, tx.now, policy) if among is None else among
    for message in (await queries.messages_for_update(tx, waited)).values():
        for notice in message:
            if notice.state != "sent":
                continue
            telemetry.set_correlation(notice.correlation)
            if notice.expires_at and notice.expires_at <= tx.now:
                await fail(tx, [notice], "expired", NO_RECEIPT)
            else:
                await check_by_call(tx, [notice], NO_RECEIPT)


async def apply_receipts(tx: Transaction, receipts: Mapping[NoticeId, tuple[str, str]]) -> None:
    """Apply, by notice, status and reason as the provider learnt them; late, repeated and unknown change nothing."""
    for notice_id, message in (await queries.messages_for_update(tx, receipts)).items():
        telemetry.set_correlation(message[0].correlation)
        await _apply_receipt(tx, message, *receipts[NoticeId(notice_id)])


async def apply_provider_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> list[None]:
    """Apply receipts that name messages by their provider's id. What comes before we know that id waits for it.

    One transaction for all of them: what `chassis.batching` asks for.
    """
    by_key = {(receipt.provider, receipt.provider_id, receipt.status): receipt for receipt in receipts}
    await queries.lock_receipts(tx, [key[:2] for key in by_key])
    fresh = await queries.insert_receipts(tx, [*by_key.values()])
    known = await queries.by_provider_ids(tx, {(provider, provider_id) for provider, provider_id, _ in fresh})
    messages = await queries.messages_for_update(tx, known.values())
    for key, receipt in by_key.items():
        if key in fresh and (message := messages.get(known.get(key[:2], NOBODYS))):
            telemetry.set_correlation(message[0].correlation)
            await _apply_receipt(tx, message, receipt.status, receipt.reason)
    return [None] * len(receipts)


async def _apply_receipt(tx: Transaction, message: Sequence[Notice], status: str, reason: str) -> None:
    match status:
        case "delivered":
            for notice in message:
                if delivered := notice.delivered(tx.now):
                    publish(tx, delivered)
        case "expired":
            await fail(tx, message, "expired", reason)
        case "failed":
            await fail(tx, message, "permanent", reason)
        case _:
            pass
