"""The providers are watched: their traffic moves when they fail, and comes back little by little. Rule 24."""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog

from chassis import erasure, links
from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from contracts.ids import BookId
from services.notifications import queries
from services.notifications.model import Notice, Provider
from services.notifications.settings import Settings
from services.notifications.usecases.planning import NEWS_FOR

log = structlog.get_logger("providers")


async def watch(tx: Transaction, settings: Settings) -> None:
    """A timed job."""
    names = [account.name for account in settings.sms]
    await queries.ensure_providers(tx, names)
    providers = await queries.providers_for_update(tx, names)
    for provider in providers:
        others = sum(one.share for one in providers if one is not provider)
        if decided := provider.judge(await queries.health(tx, provider, tx.now), tx.now, others):
            log.warning("traffic moves", provider=provider.name, share=provider.share, why=decided)


async def restore(tx: Transaction, name: str) -> Provider:
    """A person knows that it works."""
    provider = await queries.provider_for_update(tx, name)
    provider.restore(tx.now)
    return provider


async def allow_more(tx: Transaction, name: str, segments: int) -> Provider:
    """For today: what waits because the budget is spent leaves at its next turn."""
    provider = await queries.provider_for_update(tx, name)
    provider.spend(0, tx.now.astimezone(PARIS).date())
    provider.extra += segments
    return provider


async def unseen_books(reading: Reading, now: datetime, settings: Settings) -> Sequence[BookId]:
    today = now.astimezone(PARIS).date()
    return [book.id for book in await queries.long_unseen(reading, now - settings.unseen_after, today)]


async def remind_the_unseen(tx: Transaction, settings: Settings, among: Collection[BookId] | None = None) -> None:
    """A timed job: once a book, when nobody has seen the person for three weeks. Kept with the book, as long as it.

    Of all books, or of some.
    """
    today, secret = tx.now.astimezone(PARIS).date(), settings.link_secret
    unseen = await queries.long_unseen(tx, tx.now - settings.unseen_after, today, among)
    here = await erasure.staying(tx, {book.beneficiary_id for book in unseen})
    books = [book for book in unseen if book.beneficiary_id in here]
    known = {"expires_at": tx.now + NEWS_FOR}
    told = [
        Notice.planned("long_unseen", one.id, one.beneficiary_id, tx.now, correlation=f"long_unseen {one.id}", **known)
        for one in books
    ]
    for book in books:
        book.unseen_told_at, book.stop_code = tx.now, links.code_for(secret.get_secret_value(), book.id)
    await queries.plan(tx, told)
