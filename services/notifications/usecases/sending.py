"""What became of a message: taken, refused, not answered; found again after a crash; its receipts. Rule 23."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis import telemetry
from chassis.db import Reading, Transaction
from chassis.outbox import publish
from contracts.ids import NoticeId
from services.notifications import queries
from services.notifications.model import FINAL, Failure, Notice, Receipt, Trouble
from services.notifications.settings import Settings

NOBODYS = NoticeId(UUID(int=0))
RECEIPTS_TAKE = timedelta(hours=1)
NO_RECEIPT = "aucun accusé de réception"
UNCLEAR = "peut-être reçu, à vérifier par un appel"


async def fail(tx: Transaction, message: Sequence[Notice], failure: Failure, reason: str) -> None:
    """This channel did not work: the next one is tried at once (rule 25)."""
    for notice in message:
        if failed := notice.failed(failure, reason, tx.now):
            await queries.plan(tx, [notice.by_next_channel(tx.now)])
            publish(tx, failed)


async def check_by_call(tx: Transaction, message: Sequence[Notice], reason: str) -> None:
    """Nobody knows whether it arrived: sending again could tell it twice, so a person asks."""
    for notice in message:
        if failed := notice.failed("temporary", f"{reason} : {UNCLEAR}", tx.now):
            await queries.plan(tx, [notice.by_next_channel(tx.now, "call")])
            publish(tx, failed)


async def record_sent(
    tx: Transaction, message: Sequence[Notice], provider: str, provider_id: str, early: Iterable[Receipt]
) -> None:
    """`early` are the receipts that came before the answer."""
    for notice in message:
        if notice.state not in FINAL:
            publish(tx, notice.sent(provider, provider_id, tx.now))
    for one in early:
        await _apply_receipt(tx, message, one.status, one.reason)


async def record_refused(
    tx: Transaction, message: Sequence[Notice], failure: Failure, reason: str, settings: Settings
) -> None:
    """Temporary trouble is tried again as long as the notice may wait."""
    for notice in message:
        if failure == "temporary" and notice.may_wait(settings.attempts, settings.tried_for, tx.now):
            notice.try_again(reason, tx.now)
        else:
            await fail(tx, [notice], failure, reason)


def hand_to_other(tx: Transaction, message: Sequence[Notice], provider: str, settings: Settings) -> None:
    """Refused by one, offered to the other at once: known before it leaves, so that the right one is asked later."""
    for notice in message:
        notice.provider, notice.check_at = provider, tx.now + settings.interrupted_after


def note_trouble(tx: Transaction, provider: str, reason: str) -> None:
    tx.add(Trouble(provider=provider, at=tx.now, reason=reason))


def ask_later(tx: Transaction, message: Sequence[Notice], settings: Settings) -> None:
    """It stays under way, as if sent. Its provider is asked when what left has surely arrived there, or never will."""
    for notice in message:
        notice.sent_at = notice.sent_at or tx.now
        notice.check_at = tx.now + settings.interrupted_after


async def claim_unclear(tx: Transaction, settings: Settings) -> list[Notice]:
    """Messages whose provider is to be asked now; nobody else asks meanwhile."""
    unclear = [*await queries.unclear_notices(tx)]
    ask_later(tx, unclear, settings)
    return unclear


async def record_unclear(tx: Transaction, message: Sequence[Notice], settings: Settings, *, may_be_asked: bool) -> None:
    """Asked again for some minutes; then a person asks."""
    leader = message[0]
    if may_be_asked and tx.now < (leader.sent_at or leader.due_at) + settings.unknown_after:
        leader.check_at = tx.now + settings.interrupted_after / 2
    else:
        await check_by_call(tx, message, "envoi interrompu ou sans réponse")


async def unreceipted(reading: Reading, now: datetime, settings: Settings) -> Sequence[NoticeId]:
    return await queries.unreceipted(reading, now - settings.receipts_within, now - RECEIPTS_TAKE)


async def wait_no_longer(tx: Transaction, settings: Settings, among: Collection[NoticeId] | None = None) -> None:
    """A timed job. Taken, and no receipt: a person asks, unless it is too late for what it said. Of all, or of some."""
    waited = await unreceipted(tx, tx.now, settings) if among is None else among
    for message in (await queries.messages_for_update(tx, waited)).values():
        for notice in message:
            if notice.state != "sent":
                continue
            telemetry.follow(notice.correlation)
            if notice.expires_at and notice.expires_at <= tx.now:
                await fail(tx, [notice], "expired", NO_RECEIPT)
            else:
                await check_by_call(tx, [notice], NO_RECEIPT)


def record_absent(tx: Transaction, message: Sequence[Notice]) -> None:
    """The provider never had it: it may be sent."""
    for notice in message:
        notice.try_again("envoi interrompu, repris", tx.now)


async def apply_receipts(tx: Transaction, told: Mapping[NoticeId, tuple[str, str]]) -> None:
    """By notice, status and reason as the provider learnt them; late, repeated and unknown ones change nothing."""
    for notice_id, message in (await queries.messages_for_update(tx, told)).items():
        telemetry.follow(message[0].correlation)
        await _apply_receipt(tx, message, *told[NoticeId(notice_id)])


async def apply_provider_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> list[None]:
    """As the providers know the messages. What they say before we know its id is kept for then.

    One transaction for all of them: what `chassis.batching` asks for.
    """
    told = {(one.provider, one.provider_id, one.status): one for one in [*receipts]}
    await queries.lock_receipts(tx, [name[:2] for name in told])
    fresh = await queries.insert_receipts(tx, [*told.values()])
    known = await queries.by_provider_ids(tx, {(provider, provider_id) for provider, provider_id, _ in fresh})
    messages = await queries.messages_for_update(tx, known.values())
    for name, one in told.items():
        if name in fresh and (message := messages.get(known.get(name[:2], NOBODYS))):
            telemetry.follow(message[0].correlation)
            await _apply_receipt(tx, message, one.status, one.reason)
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
