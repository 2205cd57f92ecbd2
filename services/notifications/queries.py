"""What notifications asks its database, named by the answer."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, NoticeId
from contracts.words import Channel
from services.notifications.model import Booking, Centre, Contact, Facts, Mediator, Notice, Session

Stated = Contact | Centre | Mediator | Session
CLAIMED_AT_ONCE = 200


class NoSuchNotice(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce message n'existe pas.")


async def keep(tx: Transaction, stated: Stated) -> None:
    """Insert it, or replace an older version; older news change nothing."""
    kind = type(stated)
    values = {column.key: getattr(stated, column.key) for column in kind.__table__.columns}
    keys = [column.key for column in kind.__table__.primary_key]
    newer = {name: value for name, value in values.items() if name not in keys}
    adding = insert(kind).values(values)
    older = kind.version < adding.excluded.version
    await tx.execute(adding.on_conflict_do_update(index_elements=keys, set_=newer, where=older))


async def plan(tx: Transaction, notices: Sequence[Notice]) -> None:
    """Those not planned yet: what is said once is said once, however often it is heard (rule 23)."""
    names = [column.key for column in Notice.__table__.columns]
    if rows := [{name: getattr(notice, name) for name in names} for notice in notices]:
        await tx.execute(insert(Notice).on_conflict_do_nothing(), rows)


async def drop(tx: Transaction, reason: str, of: ColumnElement[bool]) -> None:
    """Those not sent yet that have lost their sense."""
    unsent = Notice.state.in_(["scheduled", "by_hand"])
    gone = update(Notice).where(of, unsent).values(state="dropped", reason=reason, settled_at=tx.now)
    await tx.execute(gone.execution_options(synchronize_session=False))


async def forget_contents(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    bare = update(Notice).where(Notice.beneficiary_id == beneficiary_id).values(subject=None, content=None)
    await tx.execute(bare.execution_options(synchronize_session=False))


async def due_notices(tx: Transaction) -> Sequence[Notice]:
    """Locked, the oldest first: their time has come, and what they speak of has been heard."""
    contact = exists().where(Contact.beneficiary_id == Notice.beneficiary_id)
    session = or_(Notice.session_id.is_(None), exists().where(Session.id == Notice.session_id))
    mediator = or_(Notice.mediator_id.is_(None), exists().where(Mediator.id == Notice.mediator_id))
    query = select(Notice).where(Notice.state == "scheduled", Notice.due_at <= tx.now, contact, session, mediator)
    query = query.order_by(Notice.due_at, Notice.id).limit(CLAIMED_AT_ONCE).with_for_update(skip_locked=True)
    return (await tx.scalars(query)).all()


async def interrupted_notices(tx: Transaction, claimed_before: datetime) -> Sequence[Notice]:
    """Whoever sent them ended in the middle."""
    query = select(Notice).where(Notice.state == "sending", Notice.claimed_at < claimed_before)
    return (await tx.scalars(query.limit(CLAIMED_AT_ONCE).with_for_update(skip_locked=True))).all()


async def notices_locked(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, Notice]:
    query = select(Notice).where(Notice.id.in_([*ids])).order_by(Notice.id).with_for_update()
    return {notice.id: notice for notice in await tx.scalars(query)}


async def notice_locked(tx: Transaction, notice_id: NoticeId) -> Notice:
    found = await tx.get(Notice, notice_id, with_for_update=True)
    if found is None:
        raise NoSuchNotice
    return found


async def notice(reading: Reading, notice_id: NoticeId) -> Notice:
    found = await reading.get(Notice, notice_id)
    if found is None:
        raise NoSuchNotice
    return found


async def tried_channels(reading: Reading, notices: Sequence[Notice]) -> dict[UUID, set[Channel | None]]:
    """By notice: the channels that other ranks of the same notice have used."""
    query = select(Notice.about_id, Notice.kind, Notice.edition, Notice.channel)
    query = query.where(Notice.about_id.in_({one.about_id for one in notices}), Notice.channel.is_not(None))
    rows = (await reading.execute(query)).all()
    return {one.id: {row[3] for row in rows if row[:3] == (one.about_id, one.kind, one.edition)} for one in notices}


async def facts(reading: Reading, notices: Sequence[Notice]) -> dict[UUID, Facts]:
    """By notice, those whose contact is known. A booking's own times come before its session's."""
    query = (
        select(Notice.id, Notice.kind, Contact, Centre, Session, Booking, Mediator)
        .join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
        .join(Centre, Centre.id == Contact.centre_id, isouter=True)
        .join(Session, Session.id == Notice.session_id, isouter=True)
        .join(Booking, Booking.id == Notice.booking_id, isouter=True)
        .join(Mediator, Mediator.id == func.coalesce(Notice.mediator_id, Session.mediator_id), isouter=True)
        .where(Notice.id.in_([one.id for one in notices]))
    )
    found: dict[UUID, Facts] = {}
    for notice_id, kind, contact, centre, session, booking, mediator in await reading.execute(query):
        found[notice_id] = Facts(kind, contact, centre, session, mediator, *_period(booking, session))
    return found


def _period(*known: Booking | Session | None) -> tuple[datetime | None, datetime | None]:
    """Of the first that is known."""
    return next(((one.starts_at, one.ends_at) for one in known if one is not None), (None, None))


async def bookings_locked(tx: Transaction, ids: Collection[BookingId]) -> dict[BookingId, Booking]:
    if not ids:
        return {}
    query = select(Booking).where(Booking.id.in_(ids)).order_by(Booking.id).with_for_update()
    return {booking.id: booking for booking in await tx.scalars(query)}


async def waiting_for_a_person(reading: Reading, channel: str) -> Sequence[Row[Notice, Contact]]:
    """To be called or posted: what expires first comes first."""
    query = select(Notice, Contact).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
    query = query.where(Notice.state == "by_hand", Notice.channel == channel)
    return (await reading.execute(query.order_by(Notice.expires_at.nulls_last(), Notice.due_at).limit(200))).all()


async def notices_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Notice]:
    query = select(Notice).where(Notice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(Notice.created_at.desc()).limit(100))).all()


async def recent_notices(reading: Reading) -> Sequence[Row[Notice, Contact]]:
    query = select(Notice, Contact).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id, isouter=True)
    return (await reading.execute(query.order_by(Notice.created_at.desc()).limit(100))).all()


async def incomplete_notices(reading: Reading, due_before: datetime) -> int:
    """Due for a while, and still waiting for the contact or the session that they speak of."""
    query = select(func.count()).select_from(Notice).where(Notice.state == "scheduled", Notice.due_at < due_before)
    return (await reading.execute(query)).scalar_one()
