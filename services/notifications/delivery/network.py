"""What SMPP sessions bring: receipts, and what people write back."""

import asyncio

from chassis.db import Database
from services.notifications.delivery.dispatch import Dispatch
from services.notifications.delivery.smpp import SILENCE, FromNetwork, Smpp
from services.notifications.model import Receipt
from services.notifications.usecases import replying, sending


async def listen(database: Database, dispatch: Dispatch) -> None:
    """A job that lasts as long as the sessions; the next turn binds again."""
    sessions = [one for one in dispatch.sms.values() if isinstance(one, Smpp)]
    await asyncio.gather(*(_hear(database, one) for one in sessions))


async def _hear(database: Database, session: Smpp) -> None:
    try:
        async for told in session.listen():
            await _keep(database, session.name, told)
    except SILENCE:
        await session.close()


async def _keep(database: Database, name: str, told: FromNetwork) -> None:
    if told.status:
        receipt = Receipt(provider=name, provider_id=told.provider_id, status=told.status, reason="réponse du réseau")
        await database.transact(lambda tx: sending.apply_provider_receipts(tx, [receipt]))
    else:
        await database.transact(lambda tx: replying.apply_reply(tx, told.sender, told.text))
