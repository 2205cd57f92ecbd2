"""The providers, and how they do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from chassis.clock import PARIS
from chassis.db import Reading, Transaction, one_of
from chassis.refusal import NotFound
from services.notifications.model import Health, Notice, Provider, Receipt, Trouble
from services.notifications.model.provider import ERRORS_WITHIN, SLOW_AFTER, SLOW_WITHIN
from services.notifications.queries.notices import slow_after


class NoSuchProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce fournisseur n'est pas connu.")


async def know(tx: Transaction, names: Iterable[str]) -> None:
    """A row for each that is configured."""
    today = tx.now.astimezone(PARIS).date()
    new = {"share": 100, "changed_at": tx.now, "reason": None, "spent_on": today, "spent": 0, "extra": 0}
    if rows := [{"name": name, **new} for name in names]:
        await tx.execute(insert(Provider).on_conflict_do_nothing(), rows)


async def providers(reading: Reading, names: Sequence[str]) -> list[Provider]:
    """In the order of preference."""
    found = {one.name: one for one in await reading.scalars(select(Provider).where(one_of(Provider.name, names)))}
    return [found[name] for name in names if name in found]


async def providers_locked(tx: Transaction, names: Sequence[str]) -> list[Provider]:
    query = select(Provider).where(one_of(Provider.name, names)).order_by(Provider.name).with_for_update()
    found = {one.name: one for one in await tx.scalars(query)}
    return [found[name] for name in names if name in found]


async def provider_locked(tx: Transaction, name: str) -> Provider:
    found = await tx.get(Provider, name, with_for_update=True)
    if found is None:
        raise NoSuchProvider
    return found


async def health(reading: Reading, provider: Provider, now: datetime) -> Health:
    """Since it was last changed, and not longer ago than the rule looks."""
    errors_since = max(now - ERRORS_WITHIN, provider.changed_at)
    query = select(func.count()).select_from(Trouble).where(Trouble.provider == provider.name)
    errors = (await reading.execute(query.where(Trouble.at > errors_since))).scalar_one()
    since = max(now - SLOW_WITHIN, provider.changed_at)
    slow = func.count().filter(slow_after(SLOW_AFTER, now))
    sent = select(func.count(), slow).where(Notice.provider == provider.name, Notice.sent_at > since)
    return Health(errors, *(await reading.execute(sent.where(Notice.carrier_id.is_(None)))).one())


async def last_troubles(reading: Reading, provider: str) -> Sequence[Trouble]:
    query = select(Trouble).where(Trouble.provider == provider).order_by(Trouble.at.desc())
    return (await reading.scalars(query.limit(5))).all()


async def keep_receipts(tx: Transaction, receipts: Sequence[Receipt]) -> set[tuple[str, str, str]]:
    """By provider, its id and status, those that were not told before."""
    if not receipts:
        return set()
    given = [{"provider": one.provider, "provider_id": one.provider_id, "status": one.status} for one in receipts]
    reasons = [{"reason": one.reason, "at": tx.now} for one in receipts]
    adding = insert(Receipt).values([one | more for one, more in zip(given, reasons, strict=True)])
    kept = adding.on_conflict_do_nothing().returning(Receipt.provider, Receipt.provider_id, Receipt.status)
    return {(provider, provider_id, status) for provider, provider_id, status in await tx.execute(kept)}


async def early_receipts(reading: Reading, sent: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], list[Receipt]]:
    """By provider and its id, those that came before the provider's answer was kept."""
    query = select(Receipt).where(tuple_(Receipt.provider, Receipt.provider_id).in_([*sent]))
    found: defaultdict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for one in await reading.scalars(query.order_by(Receipt.at)):
        found[one.provider, one.provider_id].append(one)
    return found
