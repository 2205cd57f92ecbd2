"""Replicas of contacts, places and books; who is who; who stopped what."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis import rows
from chassis.db import Reading, Transaction, any_of
from contracts.ids import BeneficiaryId, BookId, BookingId, MediatorId
from contracts.words import Channel, NoticeKind
from services.notifications.model import (
    Book,
    Booking,
    Centre,
    Contact,
    File,
    Mediator,
    Merged,
    OptOut,
    Record,
    RecordRead,
    Session,
)

READINGS = Record.metadata.tables["readings"]
Stated = Contact | Centre | Mediator | Session


async def upsert(tx: Transaction, stated: Stated) -> None:
    """Insert it, or replace an older version; older news change nothing."""
    await upsert_all(tx, [stated])


async def upsert_all(tx: Transaction, stated: Sequence[Stated]) -> None:
    """Upsert all of one kind, by one statement; of several about one thing, the newest."""
    if not stated:
        return
    kind = type(stated[0])
    names = [column.key for column in kind.__table__.columns]
    keys = [column.key for column in kind.__table__.primary_key]
    newest: dict[tuple[object, ...], Stated] = {}
    for row in sorted(stated, key=lambda row: row.version):
        newest[tuple(getattr(row, key) for key in keys)] = row
    adding = insert(kind).values([{name: getattr(row, name) for name in names} for row in newest.values()])
    newer = {name: adding.excluded[name] for name in names if name not in keys}
    older = kind.version < adding.excluded.version
    await tx.execute(adding.on_conflict_do_update(index_elements=keys, set_=newer, where=older))


async def upsert_file(tx: Transaction, person: BeneficiaryId, mediator_id: MediatorId) -> None:
    """Store who follows the person from now on."""
    adding = insert(File).values(beneficiary_id=person, mediator_id=mediator_id)
    followed = {"mediator_id": adding.excluded.mediator_id}
    await tx.execute(adding.on_conflict_do_update(index_elements=["beneficiary_id"], set_=followed))


async def forget_mediator(tx: Transaction, mediator_id: MediatorId) -> None:
    """Forget their name and telephone: the centre is named and called instead."""
    await tx.execute(update(Mediator).where(Mediator.id == mediator_id).values(name="", phone=None))


async def unfollow(tx: Transaction, person: BeneficiaryId) -> None:
    """Store that nobody follows the person until somebody accepts."""
    await tx.execute(delete(File).where(File.beneficiary_id == person))


async def bookings_for_update(tx: Transaction, ids: Collection[BookingId]) -> dict[BookingId, Booking]:
    if not ids:
        return {}
    query = select(Booking).where(any_of(Booking.id, ids)).order_by(Booking.id).with_for_update()
    return {booking.id: booking for booking in await tx.scalars(query)}


async def books_for_update(tx: Transaction, ids: Collection[BookId]) -> dict[BookId, Book]:
    if not ids:
        return {}
    query = select(Book).where(any_of(Book.id, ids)).order_by(Book.id).with_for_update()
    return {book.id: book for book in await tx.scalars(query)}


async def survivors_of(reading: Reading, people: Iterable[BeneficiaryId]) -> Mapping[BeneficiaryId, BeneficiaryId]:
    """Find those of these that were merged: under which id they are now."""
    query = select(Merged.merged_id, Merged.kept_id).where(any_of(Merged.merged_id, people))
    return {row.merged_id: row.kept_id for row in await reading.execute(query)}


async def merged_into(reading: Reading, survivor: BeneficiaryId) -> Sequence[BeneficiaryId]:
    return (await reading.scalars(select(Merged.merged_id).where(Merged.kept_id == survivor))).all()


async def people_with(reading: Reading, phone: str) -> Sequence[BeneficiaryId]:
    """Find all who are reached by that telephone, which may be shared."""
    query = select(Contact.beneficiary_id).where(Contact.phone == phone)
    return (await reading.scalars(query.order_by(Contact.beneficiary_id))).all()


async def stopped(
    reading: Reading, people: Iterable[BeneficiaryId]
) -> Mapping[BeneficiaryId, tuple[set[Channel], set[NoticeKind]]]:
    """Find, by person, the channels that are closed and the kinds that are refused altogether."""
    by_person: dict[BeneficiaryId, tuple[set[Channel], set[NoticeKind]]] = defaultdict(lambda: (set(), set()))
    for opt_out in await reading.scalars(select(OptOut).where(any_of(OptOut.beneficiary_id, people))):
        channels, kinds = by_person[opt_out.beneficiary_id]
        if opt_out.kind:
            kinds.add(opt_out.kind)
        else:
            channels.add(opt_out.channel)
    return by_person


async def insert_opt_out(tx: Transaction, opt_out: OptOut) -> bool:
    """Insert it; whether it is new."""
    values = {column.key: getattr(opt_out, column.key) for column in OptOut.__table__.columns if column.key != "id"}
    adding = insert(OptOut).values(values).on_conflict_do_nothing().returning(OptOut.id)
    return (await tx.execute(adding)).one_or_none() is not None


async def forget_stated_stops(tx: Transaction, person: BeneficiaryId, stated: Collection[Channel]) -> None:
    """Forget what prescription knows of now, and is the record of: who changes their mind says so there."""
    known = OptOut.beneficiary_id == person, OptOut.kind.is_(None), OptOut.channel.in_(stated)
    await tx.execute(delete(OptOut).where(*known))


async def who_may_stop(reading: Reading, code: str) -> BeneficiaryId | None:
    """Find whose link of unused hours ends so."""
    return (await reading.scalars(select(Book.beneficiary_id).where(Book.stop_code == code))).one_or_none()


async def names_of(reading: Reading, ids: Collection[UUID]) -> dict[UUID, str]:
    """Find the names of those whom we may still write to."""
    contacts = await reading.scalars(select(Contact).where(any_of(Contact.beneficiary_id, ids)))
    return {contact.beneficiary_id: contact.name for contact in contacts}


async def insert_readings(tx: Transaction, read: Sequence[RecordRead]) -> None:
    names = ("beneficiary_id", "by", "name", "what", "why", "opening", "at")
    await rows.add(tx, READINGS, [{name: getattr(reading, name) for name in names} for reading in read])


async def long_unseen(
    reading: Reading, silent_since: datetime, today: date, among: Collection[BookId] | None = None
) -> Sequence[Book]:
    """Find books with something to use, of people without a seat to come, and without one since then; not reminded yet.

    All, or those among some.
    """
    since = Booking.state != "cancelled", Booking.beneficiary_id == Book.beneficiary_id
    seen: ColumnElement[bool] = exists().where(*since, Booking.ends_at > silent_since)
    stopped_it = exists().where(OptOut.beneficiary_id == Book.beneficiary_id, OptOut.kind == "long_unseen")
    lasting = or_(Book.expires_on.is_(None), Book.expires_on > today)
    usable = Book.prescribed_at < silent_since, ~Book.closed, Book.available > 0, lasting
    query = select(Book).where(*usable, Book.unseen_told_at.is_(None), ~seen, ~stopped_it)
    return (await reading.scalars(query if among is None else query.where(any_of(Book.id, among)))).all()
