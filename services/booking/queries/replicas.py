"""What booking knows of other services' things: people, mediators, trainings, messages that did not arrive."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Reading, Transaction, any_of
from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, MediatorId
from contracts.words import NoticeKind
from services.booking.model import Alias, Mediator, Person, Training, TroubledNotice


class NoSuchMediator(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce médiateur n'est pas en poste. Choisissez-en un dans la liste.")


async def people(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Person]:
    rows = await reading.scalars(select(Person).where(any_of(Person.beneficiary_id, ids)))
    return {person.beneficiary_id: person for person in rows}


async def people_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Lock them; those not known yet begin here."""
    unknown = {"contact_version": 0, "audiences": [], "support_needs": [], "interpreter": False}
    if rows := [{"beneficiary_id": id_, **unknown} for id_ in sorted(ids)]:
        await tx.execute(insert(Person).on_conflict_do_nothing(), rows)
    query = select(Person).where(any_of(Person.beneficiary_id, ids)).order_by(Person.beneficiary_id).with_for_update()
    return {person.beneficiary_id: person for person in await tx.scalars(query)}


async def aliases(reading: Reading, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Map those of these that were merged to the record that survived."""
    rows = await reading.execute(select(Alias.merged_id, Alias.survivor_id).where(any_of(Alias.merged_id, ids)))
    return {row.merged_id: row.survivor_id for row in rows}


async def merged_into(reading: Reading, survivor_id: UUID) -> Sequence[BeneficiaryId]:
    return (await reading.scalars(select(Alias.merged_id).where(Alias.survivor_id == survivor_id))).all()


async def mediator(reading: Reading, mediator_id: MediatorId | None) -> Mediator:
    """Find a mediator in post. Raises NoSuchMediator."""
    mediator = await mediator_or_none(reading, mediator_id) if mediator_id else None
    if mediator is None or not mediator.in_post:
        raise NoSuchMediator
    return mediator


async def mediator_or_none(reading: Reading, mediator_id: MediatorId) -> Mediator | None:
    return await reading.get(Mediator, mediator_id)


async def mediators(reading: Reading) -> Sequence[Mediator]:
    return (await reading.scalars(select(Mediator).where(Mediator.in_post).order_by(Mediator.name))).all()


async def mediators_names(reading: Reading) -> dict[UUID, str]:
    """Map ids to names, also of those who have left."""
    return {mediator.id: mediator.name for mediator in await reading.scalars(select(Mediator))}


MOST_TRAININGS = 200

About = tuple[BeneficiaryId, NoticeKind, BookingId | None]
"""What a notice says, and to whom, whatever its channel."""

SETTLE = text("""
    DELETE FROM troubled_notices USING
        unnest(CAST(:people AS uuid[]), CAST(:kinds AS text[]), CAST(:bookings AS uuid[])) AS arrived (who, what, which)
    WHERE beneficiary_id = who AND kind = what AND booking_id IS NOT DISTINCT FROM which
""")


async def trainings(reading: Reading, text: str = "") -> Sequence[Training]:
    """List those published, by title; `text` is words of the title, summary, code or themes."""
    query = select(Training).where(Training.published).order_by(Training.title)
    words = plain(text).split()
    trainings = await reading.scalars(query)
    return [training for training in trainings if all(word in _about(training) for word in words)][:MOST_TRAININGS]


def _about(training: Training) -> str:
    return plain(" ".join((training.title, training.summary, training.code, *training.themes)))


async def trainings_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Training]:
    trainings = await reading.scalars(select(Training).where(any_of(Training.id, ids)))
    return {training.id: training for training in trainings}


async def troubled_notices(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[TroubledNotice]:
    query = select(TroubledNotice).where(TroubledNotice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(TroubledNotice.recorded_at.desc()).limit(20))).all()


async def record_merge(tx: Transaction, merged_id: BeneficiaryId, survivor_id: BeneficiaryId) -> None:
    """Record it, also of what was merged into the merged record before. Recording it again changes nothing."""
    alias = insert(Alias).values(merged_id=merged_id, survivor_id=survivor_id)
    await tx.execute(alias.on_conflict_do_nothing())
    await tx.execute(update(Alias).where(Alias.survivor_id == merged_id).values(survivor_id=survivor_id))


async def delete_troubles(tx: Transaction, arrived: Sequence[About]) -> None:
    """Delete what is stored of messages that have arrived since, one statement for all of them."""
    if arrived:
        people, kinds, bookings = zip(*arrived, strict=True)
        await tx.execute(SETTLE, {"people": [*people], "kinds": [*kinds], "bookings": [*bookings]})


async def delete_old_troubles(tx: Transaction, before: datetime) -> None:
    await tx.execute(delete(TroubledNotice).where(TroubledNotice.recorded_at < before))
