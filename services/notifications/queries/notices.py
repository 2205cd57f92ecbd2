"""Notices: those due, those under way, those that a person must see to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from chassis import rows
from chassis.db import Reading, Transaction, one_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, NoticeId
from contracts.words import Channel, NoticeKind
from services.notifications.model import BUDGET_SPENT, Contact, Mediator, Notice, Record, Session

CHECKED_AT_ONCE = 100
SEND = "send notices"
"""The job that hands out what is due; `plan` wakes it."""
NOTICES = Record.metadata.tables["notices"]


class NoSuchNotice(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce message n'existe pas, ou n'est plus conservé : il n'y a plus rien à faire pour lui.")


async def plan(tx: Transaction, notices: Sequence[Notice]) -> None:
    """Those not planned yet: what is said once is said once, however often it is heard (rule 23)."""
    if notices:
        tx.wakes.add(SEND)
    names = [column.key for column in NOTICES.columns]
    planned = [{name: getattr(notice, name) for name in names} for notice in notices]
    await rows.add(tx, NOTICES, planned, once=True)


async def lock_unsent(tx: Transaction, about: Collection[UUID]) -> None:
    """Those about these books, bookings, offers and people that may lose their sense, in the order of ids."""
    theirs = or_(one_of(Notice.about_id, about), one_of(Notice.booking_id, about))
    query = select(Notice.id).where(theirs, Notice.state.in_(["scheduled", "by_hand"])).order_by(Notice.id)
    if about:
        await tx.execute(query.with_for_update())


async def drop(tx: Transaction, reason: str, of: ColumnElement[bool]) -> None:
    """Those not sent yet that have lost their sense."""
    unsent = Notice.state.in_(["scheduled", "by_hand"])
    gone = update(Notice).where(of, unsent).values(state="dropped", reason=reason, settled_at=tx.now)
    await tx.execute(gone.execution_options(synchronize_session=False))


async def end(tx: Transaction, of: ColumnElement[bool]) -> None:
    """What is under way is told by no other channel any more, whatever becomes of it."""
    under_way = Notice.state.in_(["sending", "sent"])
    ended = update(Notice).where(of, under_way).values(expires_at=tx.now)
    await tx.execute(ended.execution_options(synchronize_session=False))


def _complete() -> ColumnElement[bool]:
    """What it speaks of is known: of a move, the session as it became. Its edition is the session's version then."""
    contact = exists().where(Contact.beneficiary_id == Notice.beneficiary_id)
    told = Session.id == Notice.session_id, Session.version >= Notice.edition
    session = or_(Notice.session_id.is_(None), exists().where(*told))
    mediator = or_(Notice.mediator_id.is_(None), exists().where(Mediator.id == Notice.mediator_id))
    return and_(contact, session, mediator)


async def due_notices(tx: Transaction, most: int, *, reserved: int = 0, sms: bool = True) -> list[Notice]:
    """Locked: their time has come, and what they speak of has been heard. What is urgent first, then the oldest.

    What may wait leaves some room, so that something urgent finds it. Without room for `sms`, e-mails go on.
    """
    able = true() if sms else exists().where(Contact.beneficiary_id == Notice.beneficiary_id, Contact.channel != "sms")
    found = [*await _due(tx, Notice.rush, able, most)]
    if (room := most - reserved - len(found)) > 0:
        found += await _due(tx, ~Notice.rush, able, room)
    return found


async def _due(
    tx: Transaction, rush: ColumnElement[bool] | InstrumentedAttribute[bool], able: ColumnElement[bool], most: int
) -> Sequence[Notice]:
    """Each half is read in the order of its index, and no further than it must."""
    query = select(Notice).where(Notice.state == "scheduled", rush, Notice.due_at <= tx.now, _complete(), able)
    query = query.order_by(Notice.due_at, Notice.id).limit(most).with_for_update(skip_locked=True)
    return (await tx.scalars(query)).all()


async def companions(tx: Transaction, due: Sequence[Notice], until: datetime) -> Sequence[Notice]:
    """What else the same people are due to be told before then. Locked."""
    query = select(Notice).where(
        Notice.state == "scheduled",
        one_of(Notice.beneficiary_id, {one.beneficiary_id for one in due}),
        Notice.due_at <= until,
        Notice.id.not_in([one.id for one in due]),
        _complete(),
    )
    return (await tx.scalars(query.order_by(Notice.due_at, Notice.id).with_for_update(skip_locked=True))).all()


async def recently_sent(
    reading: Reading, people: Iterable[BeneficiaryId], since: datetime
) -> Mapping[tuple[BeneficiaryId, NoticeKind], datetime]:
    """When each was last told a thing of that kind, by a message that carried it alone or first."""
    query = select(Notice.beneficiary_id, Notice.kind, func.max(Notice.sent_at))
    query = query.where(one_of(Notice.beneficiary_id, people), Notice.sent_at > since, Notice.rank == 0)
    rows = await reading.execute(query.group_by(Notice.beneficiary_id, Notice.kind))
    return {(person, kind): at for person, kind, at in rows if at}


async def tried_channels(reading: Reading, notices: Sequence[Notice]) -> dict[UUID, set[Channel | None]]:
    """By notice: the channels that other ranks of the same notice have used."""
    key = tuple_(Notice.about_id, Notice.kind, Notice.edition)
    wanted = {(one.about_id, one.kind, one.edition) for one in notices if one.rank}
    query = select(Notice.about_id, Notice.kind, Notice.edition, Notice.channel)
    query = query.where(key.in_(wanted), Notice.channel.is_not(None))
    rows = (await reading.execute(query)).all() if wanted else []
    return {one.id: {row[3] for row in rows if row[:3] == (one.about_id, one.kind, one.edition)} for one in notices}


async def unclear_notices(tx: Transaction) -> Sequence[Notice]:
    """Handed over, and nobody knows what became of it: whoever sent it ended, or the provider did not answer."""
    query = select(Notice).where(Notice.state == "sending", Notice.check_at <= tx.now, Notice.carrier_id.is_(None))
    query = query.order_by(Notice.check_at).limit(CHECKED_AT_ONCE)
    return (await tx.scalars(query.with_for_update(skip_locked=True))).all()


async def messages_for_update(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, list[Notice]]:
    """By the notice that carries it: all that left in that message, itself first."""
    wanted = [*ids]
    query = select(Notice).where(or_(one_of(Notice.id, wanted), one_of(Notice.carrier_id, wanted)))
    found: dict[UUID, list[Notice]] = {one: [] for one in wanted}
    ordered = query.order_by(Notice.carrier_id.is_not(None), Notice.id).with_for_update()
    for notice in await tx.scalars(ordered):
        found[notice.carrier_id or notice.id].append(notice)
    return {key: notices for key, notices in found.items() if notices}


async def by_provider_ids(reading: Reading, handed: Collection[tuple[str, str]]) -> dict[tuple[str, str], NoticeId]:
    """By provider and its id, the notice that carries the message."""
    if not handed:
        return {}
    query = select(Notice.provider, Notice.provider_id, Notice.id).where(Notice.carrier_id.is_(None))
    rows = await reading.execute(query.where(tuple_(Notice.provider, Notice.provider_id).in_([*handed])))
    return {(provider or "", provider_id or ""): notice_id for provider, provider_id, notice_id in rows}


async def notice_for_update(tx: Transaction, notice_id: NoticeId) -> Notice:
    found = await tx.get(Notice, notice_id, with_for_update=True)
    if found is None:
        raise NoSuchNotice
    return found


async def notices_for_update(tx: Transaction, ids: Iterable[NoticeId]) -> Sequence[Notice]:
    query = select(Notice).where(one_of(Notice.id, ids)).order_by(Notice.id).with_for_update()
    return (await tx.scalars(query)).all()


async def too_late_by_hand(reading: Reading, now: datetime) -> Sequence[NoticeId]:
    """To be called or posted, and it would help nobody any more."""
    query = select(Notice.id).where(Notice.state == "by_hand", Notice.expires_at <= now)
    return (await reading.scalars(query.order_by(Notice.expires_at))).all()


async def too_late_by_hand_for_update(tx: Transaction, among: Collection[NoticeId]) -> Sequence[Notice]:
    """Of these, locked."""
    query = select(Notice).where(one_of(Notice.id, among), Notice.state == "by_hand", Notice.expires_at <= tx.now)
    return (await tx.scalars(query.order_by(Notice.id).with_for_update(skip_locked=True))).all()


async def notice(reading: Reading, notice_id: NoticeId) -> Notice:
    found = await reading.get(Notice, notice_id)
    if found is None:
        raise NoSuchNotice
    return found


async def incomplete_notices(reading: Reading, due_before: datetime) -> int:
    """Due for a while, and still waiting for the contact, the session or the mediator that they speak of."""
    late = Notice.state == "scheduled", Notice.due_at < due_before, ~_complete()
    query = select(func.count()).select_from(Notice).where(*late)
    return (await reading.execute(query)).scalar_one()


async def without_budget(reading: Reading) -> int:
    """SMS that wait for tomorrow's budget, or for more of today's."""
    query = select(func.count()).select_from(Notice)
    query = query.where(Notice.state == "scheduled", Notice.reason == BUDGET_SPENT)
    return (await reading.execute(query)).scalar_one()
