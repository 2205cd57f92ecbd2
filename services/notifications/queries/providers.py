"""The providers, and how they do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from chassis.clock import PARIS
from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import NoticeId
from services.notifications.model import Health, Notice, Provider, Receipt, Trouble
from services.notifications.model.provider import ERRORS_WITHIN, SLOW_AFTER, SLOW_WITHIN

CHECKED_AT_ONCE, RECENTLY = 100, timedelta(days=7)
ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM unnest(CAST(:names AS text[])) AS name")


class NoSuchProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce fournisseur n'est pas connu.")


async def ensure_providers(tx: Transaction, names: Iterable[str]) -> None:
    """Insert a row for each that is configured and has none."""
    today = tx.now.astimezone(PARIS).date()
    new = {"share": 100, "reason": None, "spent_on": today, "spent": 0, "extra": 0}
    new |= dict.fromkeys(("changed_at", "judged_since"), tx.now)
    if rows := [{"name": name, **new} for name in names]:
        await tx.execute(insert(Provider).on_conflict_do_nothing(), rows)


async def providers(reading: Reading, names: Sequence[str]) -> list[Provider]:
    """Give them in the order of preference."""
    return _in_order(names, await reading.scalars(select(Provider).where(any_of(Provider.name, names))))


async def providers_for_update(tx: Transaction, names: Sequence[str]) -> list[Provider]:
    """Lock them, and give them in the order of preference."""
    query = select(Provider).where(any_of(Provider.name, names)).order_by(Provider.name).with_for_update()
    return _in_order(names, await tx.scalars(query))


def _in_order(names: Sequence[str], rows: Iterable[Provider]) -> list[Provider]:
    by_name = {provider.name: provider for provider in rows}
    return [by_name[name] for name in names if name in by_name]


async def provider_for_update(tx: Transaction, name: str) -> Provider:
    """Lock it. Raises NoSuchProvider."""
    provider = await tx.get(Provider, name, with_for_update=True)
    if provider is None:
        raise NoSuchProvider
    return provider


async def health(reading: Reading, provider: Provider, now: datetime) -> Health:
    """Count since it was last moved or restored, and not longer ago than the rule looks."""
    errors_since = max(now - ERRORS_WITHIN, provider.judged_since)
    query = select(func.count()).select_from(Trouble).where(Trouble.provider == provider.name)
    errors = (await reading.execute(query.where(Trouble.at > errors_since))).scalar_one()
    since = max(now - SLOW_WITHIN, provider.judged_since)
    slow = func.count().filter(slow_after(SLOW_AFTER, now))
    arrived = func.count().filter(Notice.state == "delivered", Notice.sent_at > provider.changed_at)
    sent = select(func.count(), slow, arrived).where(Notice.provider == provider.name, Notice.sent_at > since)
    return Health(errors, *(await reading.execute(sent.where(Notice.carrier_id.is_(None)))).one())


def slow_after(limit: timedelta, now: datetime) -> ColumnElement[bool]:
    """Ask for what arrived later than that, is on its way for longer, or of which nobody learnt what became."""
    late = Notice.sent_at < now - limit
    arrived = and_(Notice.state == "delivered", Notice.settled_at > Notice.sent_at + limit)
    lost = and_(Notice.state == "failed", Notice.provider_id.is_(None), late)
    return or_(arrived, lost, and_(Notice.state.in_(["sending", "sent"]), late))


async def unreceipted(reading: Reading, sent_before: datetime, useless_before: datetime) -> Sequence[NoticeId]:
    """Find SMS that were taken and have no receipt: since then, or until they had lost their sense."""
    query = select(Notice.id).where(
        Notice.state == "sent",
        Notice.channel == "sms",
        Notice.carrier_id.is_(None),
        Notice.sent_at > sent_before - RECENTLY,
        Notice.sent_at < useless_before,
        or_(Notice.sent_at < sent_before, Notice.expires_at < useless_before),
    )
    return (await reading.scalars(query.order_by(Notice.sent_at))).all()


async def last_troubles(reading: Reading, provider: str) -> Sequence[Trouble]:
    query = select(Trouble).where(Trouble.provider == provider).order_by(Trouble.at.desc())
    return (await reading.scalars(query.limit(5))).all()


async def insert_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> set[tuple[str, str, str]]:
    """Insert them; by provider, its id and status, those that are new."""
    if not receipts:
        return set()
    names = ("provider", "provider_id", "status", "reason")
    rows = [{name: getattr(receipt, name) for name in names} | {"at": tx.now} for receipt in receipts]
    adding = insert(Receipt).values(rows).on_conflict_do_nothing()
    added = adding.returning(Receipt.provider, Receipt.provider_id, Receipt.status)
    return {(provider, provider_id, status) for provider, provider_id, status in await tx.execute(added)}


async def lock_receipts(tx: Transaction, ids: Iterable[tuple[str, str]]) -> None:
    """Lock them: nobody else stores a receipt of these messages, or the id by which one is matched, meanwhile.

    Else each of two would look before the other is there, and miss it. Locked before anything else.
    """
    if names := sorted({f"{provider} {provider_id}" for provider, provider_id in ids}):
        await tx.execute(ONE_BY_ONE, {"names": names})


async def early_receipts(reading: Reading, sent: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], list[Receipt]]:
    """Find, by provider and its id, those that came before the provider's answer was recorded."""
    query = select(Receipt).where(tuple_(Receipt.provider, Receipt.provider_id).in_([*sent]))
    early: defaultdict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for receipt in await reading.scalars(query.order_by(Receipt.at)):
        early[receipt.provider, receipt.provider_id].append(receipt)
    return early
