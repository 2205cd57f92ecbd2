"""Residents, and what other services published of them."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, or_, select, text, update

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId
from contracts.words import NoticeKind
from services.prescription.model import Beneficiary, Booking, Merge, RecordAccess, Registration, TroubledNotice
from services.prescription.queries.copies import forget_copies_of

About = tuple[BeneficiaryId, BookingId | None, NoticeKind]
SETTLED = text("""
    DELETE FROM troubled_notices AS trouble
    USING unnest(cast(:people AS uuid[]), cast(:bookings AS uuid[]), cast(:kinds AS text[]))
        AS arrived (person, booking, kind)
    WHERE trouble.beneficiary_id
            = coalesce((SELECT kept_id FROM merges WHERE merged_id = arrived.person), arrived.person)
        AND trouble.booking_id IS NOT DISTINCT FROM arrived.booking AND trouble.kind = arrived.kind
""")


class NoSuchPerson(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'est pas dans nos fiches. Cherchez-la par son nom ou son téléphone.")


async def person(reading: Reading, beneficiary_id: BeneficiaryId) -> Beneficiary:
    """Loads the record; under an id that was merged, the survivor. Raises NoSuchPerson."""
    survivors = await survivors_of(reading, {beneficiary_id})
    known = await reading.get(Beneficiary, survivors.get(beneficiary_id, beneficiary_id))
    if known is None:
        raise NoSuchPerson
    return known


async def person_or_none(reading: Reading, beneficiary_id: BeneficiaryId) -> Beneficiary | None:
    """Answers the record of that very id, whatever was merged."""
    return await reading.get(Beneficiary, beneficiary_id)


async def person_for_update(tx: Transaction, beneficiary_id: BeneficiaryId) -> Beneficiary:
    """Lock the record: all that decides about a right waits here for the one before it. Raises NoSuchPerson."""
    query = select(Beneficiary).where(Beneficiary.id == beneficiary_id).with_for_update()
    known = (await tx.scalars(query)).one_or_none()
    if known is None:
        raise NoSuchPerson
    return known


async def people_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Beneficiary]:
    if not ids:
        return {}
    query = select(Beneficiary).where(any_of(Beneficiary.id, ids)).order_by(Beneficiary.id).with_for_update()
    return {person.id: person for person in await tx.scalars(query)}


async def survivors_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Beneficiary]:
    """Lock, under each id, the person it means now: of a merged record the survivor, of the erased nobody.

    Each was registered here before anybody spoke of them.
    """
    survivors, before = await survivors_of(tx, ids), None
    people: dict[UUID, Beneficiary] = {}
    while survivors != before:  # one may have been merged while its lock was waited for
        people = await people_for_update(tx, {survivors.get(id_, id_) for id_ in ids})
        before, survivors = survivors, await survivors_of(tx, ids)
    return {id_: people[now] for id_ in ids if (now := survivors.get(id_, id_)) in people}


async def names_of(reading: Reading, ids: Collection[UUID]) -> dict[UUID, str]:
    people = await reading.scalars(select(Beneficiary).where(any_of(Beneficiary.id, ids)))
    return {person.id: person.name for person in people}


async def everybody(reading: Reading) -> Sequence[Beneficiary]:
    return (await reading.scalars(select(Beneficiary))).all()


async def by_every_id(reading: Reading, people: Sequence[Beneficiary]) -> dict[UUID, Beneficiary]:
    """Lists each under their id, and under those that were merged into it."""
    by_id: dict[UUID, Beneficiary] = {person.id: person for person in people}
    merges = await reading.scalars(select(Merge))
    return by_id | {merge.merged_id: by_id[merge.survivor_id] for merge in merges if merge.survivor_id in by_id}


async def ids_for_key_share(tx: Transaction, ids: Collection[UUID]) -> set[UUID]:
    """Lock those of these who are here: they can't be erased or merged before this transaction ends."""
    query = select(Beneficiary.id).where(any_of(Beneficiary.id, ids)).order_by(Beneficiary.id)
    return {*await tx.scalars(query.with_for_update(read=True, key_share=True))}


async def survivors_of(reading: Reading, ids: Collection[UUID]) -> dict[UUID, BeneficiaryId]:
    """Names, for those of these ids that were merged, the record that survived."""
    if not ids:
        return {}
    query = select(Merge.merged_id, Merge.survivor_id).where(any_of(Merge.merged_id, ids))
    return dict((await reading.execute(query)).all())


async def records_of(reading: Reading, ids: Collection[BeneficiaryId]) -> set[BeneficiaryId]:
    """Lists all ids of these people: those they were merged into, and all that were merged into these."""
    survivors = await survivors_of(reading, ids)
    people = {survivors.get(id_, id_) for id_ in ids}
    merged = await reading.scalars(select(Merge.merged_id).where(any_of(Merge.survivor_id, people)))
    return {*ids, *people, *merged}


async def merged_into(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Merge]:
    return (await reading.scalars(select(Merge).where(Merge.survivor_id == beneficiary_id).order_by(Merge.at))).all()


async def namesakes(reading: Reading, name_key: str, birth_date: date) -> Sequence[Beneficiary]:
    """Lists who has this normalised name and birth date: one, unless they were declared distinct."""
    query = select(Beneficiary).where(Beneficiary.name_key == name_key, Beneficiary.birth_date == birth_date)
    return (await reading.scalars(query.order_by(Beneficiary.twin))).all()


async def stored_names(
    reading: Reading, after: UUID, most: int
) -> Sequence[Row[BeneficiaryId, str, str, str | None, str, str]]:
    """Lists names as they are written and compared, in the order of ids, from the one that follows `after`."""
    names = Beneficiary.first_name, Beneficiary.last_name, Beneficiary.birth_name
    query = (
        select(Beneficiary.id, *names, Beneficiary.plain_name, Beneficiary.name_key)
        .where(Beneficiary.id > after)
        .order_by(Beneficiary.id)
        .limit(most)
    )
    return (await reading.execute(query)).all()


async def perhaps_the_same(reading: Reading, form: Registration) -> Sequence[Beneficiary]:
    """Lists who has the same phone, e-mail or birth date; the model says who of them looks alike."""
    by = [Beneficiary.birth_date == form.birth_date]
    if form.phone:
        by.append(Beneficiary.phone == form.phone)
    if form.email:
        by.append(Beneficiary.email == form.email)
    return (await reading.scalars(select(Beneficiary).where(or_(*by)))).all()


async def next_booking(reading: Reading, beneficiary_id: BeneficiaryId, now: datetime) -> Booking | None:
    query = select(Booking).where(
        Booking.beneficiary_id == beneficiary_id, Booking.state == "confirmed", Booking.ends_at > now
    )
    return (await reading.scalars(query.order_by(Booking.starts_at).limit(1))).first()


async def bookings_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Booking]:
    query = select(Booking).where(Booking.beneficiary_id == beneficiary_id).order_by(Booking.starts_at)
    return (await reading.scalars(query)).all()


async def bookings_for_update(tx: Transaction, ids: Collection[BookingId]) -> dict[UUID, Booking]:
    if not ids:
        return {}
    query = select(Booking).where(any_of(Booking.id, ids)).order_by(Booking.id).with_for_update()
    return {booking.id: booking for booking in await tx.scalars(query)}


async def troubled_notices(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[TroubledNotice]:
    query = select(TroubledNotice).where(TroubledNotice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(TroubledNotice.heard_at.desc()))).all()


async def settle_notices(tx: Transaction, arrived: Collection[About]) -> None:
    """Delete troubles once another message of that kind, about that booking, has arrived; merged records included."""
    if arrived:
        people, bookings, kinds = zip(*arrived, strict=True)
        await tx.execute(SETTLED, {"people": [*people], "bookings": [*bookings], "kinds": [*kinds]})


async def reassign_to_survivor(tx: Transaction, merged: BeneficiaryId, survivor: BeneficiaryId) -> None:
    """Give the survivor what was stored and opened of the other, and what was merged into it before."""
    await forget_copies_of(tx, {merged, survivor})  # each was of half of what there is
    for table in (Booking, TroubledNotice, RecordAccess):
        await tx.execute(update(table).where(table.beneficiary_id == merged).values(beneficiary_id=survivor))
    await tx.execute(update(Merge).where(Merge.survivor_id == merged).values(survivor_id=survivor))
