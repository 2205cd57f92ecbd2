"""The providers are watched: their traffic moves when they fail, and comes back little by little. Rule 24."""

import structlog

from chassis.clock import PARIS
from chassis.db import Transaction
from services.notifications import queries
from services.notifications.model import Provider
from services.notifications.settings import Settings

log = structlog.get_logger("providers")


async def watch(tx: Transaction, settings: Settings) -> None:
    """Judge each provider by how it does, in a timed job, and move its traffic."""
    names = [account.name for account in settings.sms]
    await queries.ensure_providers(tx, names)
    providers = await queries.providers_for_update(tx, names)
    for provider in providers:
        others = sum(other.share for other in providers if other is not provider)
        if decided := provider.judge(await queries.health(tx, provider, tx.now), tx.now, others):
            log.warning("traffic moves", provider=provider.name, share=provider.share, why=decided)


async def restore(tx: Transaction, name: str) -> Provider:
    """Give it all of its share again: a person knows that it works. Raises NoSuchProvider."""
    provider = await queries.provider_for_update(tx, name)
    provider.restore(tx.now)
    return provider


async def allow_more(tx: Transaction, name: str, segments: int) -> Provider:
    """Raise today's budget: what waits because it is spent leaves at its next turn. Raises NoSuchProvider."""
    provider = await queries.provider_for_update(tx, name)
    provider.spend(0, tx.now.astimezone(PARIS).date())
    provider.extra += segments
    return provider
