"""Learns later what became of messages: asks providers about the unclear, listens to SMPP sessions. Rule 23."""

import asyncio
from collections.abc import Sequence
from functools import partial

import structlog

from chassis.db import Database, Transaction
from chassis.periodic import each
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.delivery.smpp import SILENCE, FromNetwork, Smpp
from services.notifications.model import Notice, Receipt
from services.notifications.usecases import opt_outs, recording
from services.notifications.usecases.outgoing import Lookup, Unclear

log = structlog.get_logger("asking")

ASK = "ask about the unclear"


async def ask_about_unclear(database: Database, dispatch: Dispatch) -> None:
    """Ask about the messages of which nobody knows, in a timed job of every instance: each claims its own share."""
    unclear = await database.transact(lambda tx: recording.claim_unclear(tx, dispatch.settings.policy))
    lookups = await asyncio.gather(*(_look_up(dispatch, notice) for notice in unclear))
    await each(database, ASK, [*zip(unclear, lookups, strict=True)], partial(_record, dispatch=dispatch))


async def _look_up(dispatch: Dispatch, notice: Notice) -> Lookup:
    """What can't be asked about one message is no reason to ask about none."""
    provider = dispatch.sms.get(notice.provider or "")
    if provider is None:
        return Unclear("on ne peut pas demander")
    try:
        return await provider.find(notice.id)
    except Exception as error:
        log.exception("the provider could not be asked", provider=provider.name)
        return Unclear(f"on n'a pas pu demander ({type(error).__name__})")


async def _record(tx: Transaction, lookups: Sequence[tuple[Notice, Lookup]], *, dispatch: Dispatch) -> None:
    askable = {name for name, provider in dispatch.sms.items() if provider.may_be_asked}
    await recording.record_lookups(tx, lookups, dispatch.settings.policy, askable)


async def listen(database: Database, dispatch: Dispatch) -> None:
    """Listen as long as the SMPP sessions last, in a job whose next turn binds them again."""
    sessions = [provider for provider in dispatch.sms.values() if isinstance(provider, Smpp)]
    await asyncio.gather(*(_listen_to(database, session) for session in sessions))


async def _listen_to(database: Database, session: Smpp) -> None:
    try:
        async for message in session.listen():
            await _apply(database, session.name, message)
    except SILENCE:
        await session.close()


async def _apply(database: Database, name: str, message: FromNetwork) -> None:
    if message.status:
        known = {"provider_id": message.provider_id, "status": message.status, "reason": "réponse du réseau"}
        receipt = Receipt(provider=name, **known)
        await database.transact(lambda tx: recording.apply_provider_receipts(tx, [receipt]))
    else:
        await database.transact(lambda tx: opt_outs.apply_reply(tx, message.sender, message.text))
