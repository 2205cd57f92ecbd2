"""Asks the providers about messages of which nobody knows what became. They are never simply sent again. Rule 23."""

import asyncio
from collections.abc import Sequence

from chassis import telemetry
from chassis.db import Database, Transaction
from services.notifications import queries
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.delivery.outcome import Absent, Found, Sent, Unclear
from services.notifications.model import Notice
from services.notifications.usecases import sending


async def ask_about_unclear(database: Database, dispatch: Dispatch) -> None:
    """A timed job of every instance: each asks about its own share."""
    unclear = await database.transact(lambda tx: sending.claim_unclear(tx, dispatch.settings))
    if unclear:
        found = await asyncio.gather(*(_find(dispatch, notice) for notice in unclear))
        await database.transact(lambda tx: _keep(tx, dispatch, unclear, found))


async def _find(dispatch: Dispatch, notice: Notice) -> Found:
    provider = dispatch.sms.get(notice.provider or "")
    return await provider.find(notice.id) if provider else Unclear("on ne peut pas demander")


async def _keep(tx: Transaction, dispatch: Dispatch, unclear: Sequence[Notice], found: Sequence[Found]) -> None:
    sent = [one for one in found if isinstance(one, Sent)]
    await queries.hold_receipts(tx, sent)
    messages = await queries.messages_locked(tx, [notice.id for notice in unclear])
    early = await queries.early_receipts(tx, sent)
    for notice, answer in zip(unclear, found, strict=True):
        message = messages.get(notice.id, [])
        if not message or message[0].state != "sending":
            continue
        telemetry.follow(notice.correlation)
        if isinstance(answer, Sent):
            await sending.keep_sent(tx, message, *answer, early[answer])
        else:
            await _keep_unfound(tx, dispatch, message, answer)


async def _keep_unfound(
    tx: Transaction, dispatch: Dispatch, message: Sequence[Notice], answer: Absent | Unclear
) -> None:
    match answer:
        case Absent():
            sending.keep_absent(tx, message)
        case Unclear():
            who = dispatch.sms.get(message[0].provider or "")
            asked = who is not None and who.may_be_asked
            await sending.keep_unclear(tx, message, dispatch.settings, may_be_asked=asked)
