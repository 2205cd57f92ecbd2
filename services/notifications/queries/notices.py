"""Notices: those due, those under way, those that a person must see to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from chassis import rows
from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, NoticeId
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
    """Store those not planned yet: each once, however often its event comes (rule 23)."""
    if notices:
        tx.wakes.add(SEND)
    names = [column.key for column in NOTICES.columns]
    planned = [{name: getattr(notice, name) for name in names} for notice in notices]
    await rows.add(tx, NOTICES, planned, skip_known=True)


async def lock_unsent(tx: Transaction, about: Collection[UUID]) -> None:
    """Lock those about these books, bookings, offers and people that may lose their sense, in the order of ids."""
    theirs = or_(any_of(Notice.about_id, about), any_of(Notice.booking_id, about))
    query = select(Notice.id).where(theirs, Notice.state.in_(["scheduled", "by_hand"])).order_by(Notice.id)
    if about:
        await tx.execute(query.with_for_update())


async def drop_about(tx: Transaction, reason: str, about: Collection[UUID], kind: NoticeKind | None = None) -> None:
    """Drop those not sent yet about these, which have lost their sense; or only those of one kind."""
    if about:
        await _drop(tx, reason, any_of(Notice.about_id, about), _of_kind(kind))


async def drop_of_booking(
    tx: Transaction, reason: str, booking_id: BookingId, kinds: Collection[NoticeKind] = ()
) -> None:
    """Drop those not sent yet of that booking; or only those of some kinds."""
    await _drop(tx, reason, Notice.booking_id == booking_id, Notice.kind.in_(kinds) if kinds else true())


async def drop_former_mediators(tx: Transaction, reason: str, person: BeneficiaryId, edition: int) -> None:
    """Drop what is not sent yet of mediators who took over the person's file before that edition."""
    former = Notice.kind == "file_accepted", Notice.edition < edition
    await _drop(tx, reason, Notice.beneficiary_id == person, *former)


async def drop_incomplete(tx: Transaction, reason: str, expired_before: datetime) -> None:
    """Drop what waited until then, and for longer than it made sense, for what it speaks of."""
    await _drop(tx, reason, Notice.state == "scheduled", Notice.expires_at < expired_before)


async def _drop(tx: Transaction, reason: str, *of: ColumnElement[bool]) -> None:
    unsent = Notice.state.in_(["scheduled", "by_hand"])
    gone = update(Notice).where(*of, unsent).values(state="dropped", reason=reason, settled_at=tx.now)
    await tx.execute(gone.execution_options(synchronize_session=False))


async def end_about(tx: Transaction, about_id: UUID, kind: NoticeKind | None = None) -> None:
    """End what is under way about that: no other channel follows, whatever becomes of it."""
    under_way = Notice.about_id == about_id, _of_kind(kind), Notice.state.in_(["sending", "sent"])
    ended = update(Notice).where(*under_way).values(expires_at=tx.now)
    await tx.execute(ended.execution_options(synchronize_session=False))


def _of_kind(kind: NoticeKind | None) -> ColumnElement[bool]:
    return Notice.kind == kind if kind else true()


async def put_off_due(tx: Transaction, until: datetime) -> None:
    """Let what is due before then wait until then."""
    due = update(Notice).where(Notice.state == "scheduled", Notice.due_at < until)
    await tx.execute(due.values(due_at=until).execution_options(synchronize_session=False))


def _complete() -> ColumnElement[bool]:
    """What it speaks of is known: of a move, the session as it became. Its edition is the session's version then."""
    contact = exists().where(Contact.beneficiary_id == Notice.beneficiary_id)
    of_session = Session.id == Notice.session_id, Session.version >= Notice.edition
    session = or_(Notice.session_id.is_(None), exists().where(*of_session))
    mediator = or_(Notice.mediator_id.is_(None), exists().where(Mediator.id == Notice.mediator_id))
    return and_(contact, session, mediator)


async def due_notices(tx: Transaction, most: int, *, reserved: int = 0, sms: bool = True) -> list[Notice]:
    """Claim those whose time has come, and of which all they speak of is known. What is urgent first, then the oldest.

    What may wait leaves `reserved` places to something urgent. When no `sms` is taken, e-mails go on.
    """
    able = true() if sms else exists().where(Contact.beneficiary_id == Notice.beneficiary_id, Contact.channel != "sms")
    due = [*await _due(tx, Notice.rush, able, most)]
    if (left := most - reserved - len(due)) > 0:
        due += await _due(tx, ~Notice.rush, able, left)
    return due


async def _due(
    tx: Transaction, rush: ColumnElement[bool] | InstrumentedAttribute[bool], able: ColumnElement[bool], most: int
) -> Sequence[Notice]:
    """Each half is read in the order of its index, and no further than it must."""
    query = select(Notice).where(Notice.state == "scheduled", rush, Notice.due_at <= tx.now, _complete(), able)
    query = query.order_by(Notice.due_at, Notice.id).limit(most).with_for_update(skip_locked=True)
    return (await tx.scalars(query)).all()


async def companions(tx: Transaction, due: Sequence[Notice], until: datetime) -> Sequence[Notice]:
    """Claim what else is for the same people before then."""
    query = select(Notice).where(
        Notice.state == "scheduled",
        any_of(Notice.beneficiary_id, {notice.beneficiary_id for notice in due}),
        Notice.due_at <= until,
        Notice.id.not_in([notice.id for notice in due]),
        _complete(),
    )
    return (await tx.scalars(query.order_by(Notice.due_at, Notice.id).with_for_update(skip_locked=True))).all()


async def recently_sent(
    reading: Reading, people: Iterable[BeneficiaryId], since: datetime
) -> Mapping[tuple[BeneficiaryId, NoticeKind], datetime]:
    """Find when each was last sent a thing of that kind, in a message that carried only it, or it first."""
    query = select(Notice.beneficiary_id, Notice.kind, func.max(Notice.sent_at))
    query = query.where(any_of(Notice.beneficiary_id, people), Notice.sent_at > since, Notice.rank == 0)
    rows = await reading.execute(query.group_by(Notice.beneficiary_id, Notice.kind))
    return {(person, kind): at for person, kind, at in rows if at}


async def tried_channels(reading: Reading, notices: Sequence[Notice]) -> dict[UUID, set[Channel | None]]:
    """Find, by notice, the channels that other ranks of the same notice have used."""
    key = tuple_(Notice.about_id, Notice.kind, Notice.edition)
    keys = {notice.id: (notice.about_id, notice.kind, notice.edition) for notice in notices}
    wanted = {keys[notice.id] for notice in notices if notice.rank}
    query = select(Notice.about_id, Notice.kind, Notice.edition, Notice.channel)
    query = query.where(key.in_(wanted), Notice.channel.is_not(None))
    rows = (await reading.execute(query)).all() if wanted else []
    return {notice_id: {row[3] for row in rows if row[:3] == same} for notice_id, same in keys.items()}


async def unclear_notices(tx: Transaction) -> Sequence[Notice]:
    """Claim what was handed over, and nobody knows what became of it: no answer came, or whoever sent it ended."""
    query = select(Notice).where(Notice.state == "sending", Notice.check_at <= tx.now, Notice.carrier_id.is_(None))
    query = query.order_by(Notice.check_at).limit(CHECKED_AT_ONCE)
    return (await tx.scalars(query.with_for_update(skip_locked=True))).all()


async def messages_for_update(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, list[Notice]]:
    """Lock messages: by the notice that carries it, all that left in that message, itself first."""
    wanted = [*ids]
    query = select(Notice).where(or_(any_of(Notice.id, wanted), any_of(Notice.carrier_id, wanted)))
    messages: dict[UUID, list[Notice]] = {notice_id: [] for notice_id in wanted}
    ordered = query.order_by(Notice.carrier_id.is_not(None), Notice.id).with_for_update()
    for notice in await tx.scalars(ordered):
        messages[notice.carrier_id or notice.id].append(notice)
    return {carrier: notices for carrier, notices in messages.items() if notices}


async def by_provider_ids(reading: Reading, handed: Collection[tuple[str, str]]) -> dict[tuple[str, str], NoticeId]:
    """Find, by provider and its id, the notice that carries the message."""
    if not handed:
        return {}
    query = select(Notice.provider, Notice.provider_id, Notice.id).where(Notice.carrier_id.is_(None))
    rows = await reading.execute(query.where(tuple_(Notice.provider, Notice.provider_id).in_([*handed])))
    return {(provider or "", provider_id or ""): notice_id for provider, provider_id, notice_id in rows}


async def notice_for_update(tx: Transaction, notice_id: NoticeId) -> Notice:
    """Give it. Raises NoSuchNotice."""
    notice = await tx.get(Notice, notice_id, with_for_update=True)
    if notice is None:
        raise NoSuchNotice
    return notice


async def notices_for_update(tx: Transaction, ids: Iterable[NoticeId]) -> Sequence[Notice]:
    query = select(Notice).where(any_of(Notice.id, ids)).order_by(Notice.id).with_for_update()
    return (await tx.scalars(query)).all()


async def too_late_by_hand(reading: Reading, now: datetime) -> Sequence[NoticeId]:
    """Find what is to be called or posted, and would help nobody any more."""
    query = select(Notice.id).where(Notice.state == "by_hand", Notice.expires_at <= now)
    return (await reading.scalars(query.order_by(Notice.expires_at))).all()


async def too_late_by_hand_for_update(tx: Transaction, among: Collection[NoticeId]) -> Sequence[Notice]:
    """Lock it, of these."""
    query = select(Notice).where(any_of(Notice.id, among), Notice.state == "by_hand", Notice.expires_at <= tx.now)
    return (await tx.scalars(query.order_by(Notice.id).with_for_update(skip_locked=True))).all()


async def notice(reading: Reading, notice_id: NoticeId) -> Notice:
    """Give it. Raises NoSuchNotice."""
    stored = await reading.get(Notice, notice_id)
    if stored is None:
        raise NoSuchNotice
    return stored


async def incomplete_notices(reading: Reading, due_before: datetime) -> int:
    """Count those due for a while, still waiting for the contact, the session or the mediator that they speak of."""
    late = Notice.state == "scheduled", Notice.due_at < due_before, ~_complete()
    query = select(func.count()).select_from(Notice).where(*late)
    return (await reading.execute(query)).scalar_one()


async def without_budget(reading: Reading) -> int:
    """Count SMS that wait for tomorrow's budget, or for more of today's."""
    query = select(func.count()).select_from(Notice)
    query = query.where(Notice.state == "scheduled", Notice.reason == BUDGET_SPENT)
    return (await reading.execute(query)).scalar_one()
