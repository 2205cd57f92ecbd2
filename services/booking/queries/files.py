"""Files, whose they are, and whom a mediator is to call."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select

from chassis.db import Reading, Transaction, any_of
from chassis.refusal import NotFound
from chassis.turns import in_turns
from contracts.ids import BeneficiaryId, MediatorId
from services.booking.model import Booking, File, FileMove, Flag, Mediator, Person, Voucher, Wallet


class NoSuchFile(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucun dossier n'est ouvert pour cette personne.")


async def file(reading: Reading, beneficiary_id: BeneficiaryId) -> File:
    file = await reading.get(File, beneficiary_id)
    if file is None:
        raise NoSuchFile
    return file


async def file_for_update(tx: Transaction, beneficiary_id: BeneficiaryId) -> File:
    file = await tx.get(File, beneficiary_id, with_for_update=True, populate_existing=True)
    if file is None:
        raise NoSuchFile
    return file


async def files_of(reading: Reading, people: Collection[UUID]) -> dict[UUID, File]:
    return {
        file.beneficiary_id: file
        for file in await reading.scalars(select(File).where(any_of(File.beneficiary_id, people)))
    }


async def file_moves(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[FileMove]:
    query = select(FileMove).where(FileMove.beneficiary_id == beneficiary_id).order_by(FileMove.id)
    return (await reading.scalars(query)).all()


async def proposed_files(reading: Reading) -> Sequence[Row[File, Person]]:
    """List the proposed files with their people, who waits longest first."""
    query = select(File, Person).join(Person, Person.beneficiary_id == File.beneficiary_id, isouter=True)
    return (await reading.execute(query.where(File.state == "proposed").order_by(File.opened_at))).all()


async def files_that_wait(reading: Reading, proposed_before: datetime) -> Sequence[BeneficiaryId]:
    """Say whose file is to be proposed again, the oldest first."""
    query = select(File.beneficiary_id).where(_to_propose(proposed_before)).order_by(File.proposed_at)
    return (await reading.scalars(query)).all()


async def files_to_propose(
    tx: Transaction, proposed_before: datetime, people: Collection[BeneficiaryId]
) -> Sequence[File]:
    """Lock those of these people that are to be proposed again."""
    query = select(File).where(_to_propose(proposed_before), any_of(File.beneficiary_id, people))
    return (await tx.scalars(query.order_by(File.proposed_at).with_for_update(skip_locked=True))).all()


def _to_propose(proposed_before: datetime) -> ColumnElement[bool]:
    """Not taken over by whom they were proposed to, or proposed to nobody; or those of a mediator who has left."""
    forgotten = and_(File.state == "proposed", File.proposed_at < proposed_before)
    left = exists().where(Mediator.id == File.mediator_id, Mediator.in_post.is_(False))
    return or_(forgotten, left)


async def least_busy_mediators(reading: Reading) -> Sequence[MediatorId]:
    """List the mediators in post, those with the fewest files first."""
    query = (
        select(Mediator.id)
        .join(File, File.mediator_id == Mediator.id, isouter=True)
        .where(Mediator.in_post)
        .group_by(Mediator.id)
        .order_by(func.count(File.beneficiary_id), Mediator.id)
    )
    return (await reading.scalars(query)).all()


Step = Literal["book", "comes", "no vouchers"]
FIRST: Sequence[Step] = ("book", "comes", "no vouchers")


class InCare(NamedTuple):
    """What decides whom a mediator calls first. `available`: vouchers; `next`: when their next session begins."""

    beneficiary_id: BeneficiaryId
    opened_at: datetime
    hours_followed: int
    last_hour_on: date | None
    available: int
    next: datetime | None

    @property
    def step(self) -> Step:
        if self.next:
            return "comes"
        return "book" if self.available else "no vouchers"

    @property
    def waits_since(self) -> datetime:
        """The last hour followed, or the first book."""
        opened, last = self.opened_at, self.last_hour_on
        return max(opened, datetime.combine(last, time(12), UTC)) if last else opened

    @property
    def urgency(self) -> tuple[int, datetime]:
        return FIRST.index(self.step), self.next or self.waits_since


async def people_in_care(reading: Reading, mediator_id: MediatorId, now: datetime) -> Sequence[InCare]:
    """List everybody whose file this mediator follows; whom to call first comes first."""
    theirs = Booking.beneficiary_id == File.beneficiary_id, Booking.state == "confirmed", Booking.starts_at > now
    soon = select(func.min(Booking.starts_at)).where(*theirs).scalar_subquery()
    free = Voucher.beneficiary_id == File.beneficiary_id, Voucher.state == "available"
    available = select(func.count(Voucher.id)).where(*free).scalar_subquery()
    query = (
        select(File.beneficiary_id, File.opened_at, Wallet.hours_followed, Wallet.last_hour_on, available, soon)
        .join(Wallet, Wallet.beneficiary_id == File.beneficiary_id)
        .where(File.mediator_id == mediator_id, File.state == "accepted")
    )
    people = [InCare(*row) async for row in in_turns(await reading.execute(query))]
    return sorted(people, key=lambda person: person.urgency)


async def open_flag(tx: Transaction, beneficiary_id: BeneficiaryId) -> Flag | None:
    mine = Flag.beneficiary_id == beneficiary_id, Flag.settled_at.is_(None)
    return (await tx.scalars(select(Flag).where(*mine).with_for_update())).one_or_none()


async def open_flags(reading: Reading, mediator_id: MediatorId) -> Sequence[Row[Flag, Person]]:
    """List the open flags of the people in care, the oldest first."""
    query = (
        select(Flag, Person)
        .join(File, File.beneficiary_id == Flag.beneficiary_id)
        .join(Person, Person.beneficiary_id == Flag.beneficiary_id, isouter=True)
        .where(Flag.settled_at.is_(None), File.mediator_id == mediator_id, File.state == "accepted")
    )
    return (await reading.execute(query.order_by(Flag.raised_at))).all()
