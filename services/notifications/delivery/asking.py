"""Asks the providers about messages of which nobody knows what became. They are never simply sent again. Rule 23."""

import asyncio
from collections.abc import Sequence

import structlog

from chassis import telemetry
from chassis.db import Database, Transaction
from chassis.periodic import each
from services.notifications import queries
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.delivery.outcome import Absent, Lookup, Sent, Unclear
from services.notifications.model import Notice
from services.notifications.usecases import sending

log = structlog.get_logger("asking")

ASK = "ask about the unclear"


async def ask_about_unclear(database: Database, dispatch: Dispatch) -> None:
    """A timed job of every instance: each asks about its own share."""
    unclear = await database.transact(lambda tx: sending.claim_unclear(tx, dispatch.settings))
    found = await asyncio.gather(*(_find(dispatch, notice) for notice in unclear))

    async def keep(tx: Transaction, some: Sequence[tuple[Notice, Lookup]]) -> None:
        await _keep(tx, dispatch, some)

    await each(database, ASK, [*zip(unclear, found, strict=True)], keep)


async def _find(dispatch: Dispatch, notice: Notice) -> Lookup:
    """What can't be asked about one message is no reason to ask about none."""
    provider = dispatch.sms.get(notice.provider or "")
    if provider is None:
        return Unclear("on ne peut pas demander")
    try:
        return await provider.find(notice.id)
    except Exception as error:
        log.exception("the provider could not be asked", provider=provider.name)
        return Unclear(f"on n'a pas pu demander ({type(error).__name__})")


async def _keep(tx: Transaction, dispatch: Dispatch, found: Sequence[tuple[Notice, Lookup]]) -> None:
    sent = [answer for _, answer in found if isinstance(answer, Sent)]
    await queries.lock_receipts(tx, sent)
    messages = await queries.messages_for_update(tx, [notice.id for notice, _ in found])
    early = await queries.early_receipts(tx, sent)
    for notice, answer in found:
        message = messages.get(notice.id, [])
        if not message or message[0].state != "sending":
            continue
        telemetry.follow(notice.correlation)
        if isinstance(answer, Sent):
            await sending.record_sent(tx, message, *answer, early[answer])
        else:
            await _keep_unfound(tx, dispatch, message, answer)


async def _keep_unfound(
    tx: Transaction, dispatch: Dispatch, message: Sequence[Notice], answer: Absent | Unclear
) -> None:
    match answer:
        case Absent():
            sending.record_absent(tx, message)
        case Unclear():
            who = dispatch.sms.get(message[0].provider or "")
            asked = who is not None and who.may_be_asked
            await sending.record_unclear(tx, message, dispatch.settings, may_be_asked=asked)
