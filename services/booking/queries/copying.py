"""Everything that booking stores of one person, for the copy that they may ask for. Rule 27."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Row, RowMapping, select

from chassis.db import Reading, any_of
from chassis.journal import lines_about
from contracts.ids import BeneficiaryId, BookingId
from services.booking.model import (
    Booking,
    File,
    FileMove,
    Flag,
    LedgerEntry,
    Person,
    Session,
    Training,
    TroubledNotice,
    Voucher,
    WaitingPerson,
    Wallet,
)
from services.booking.queries.finding import trainings_by_id
from services.booking.queries.people import files_of, mediators_names, merged_into, people
from services.booking.queries.seats import bookings_of, spent_on
from services.booking.queries.waiting import waits_of
from services.booking.queries.wallets import ledger

Of = TypeVar("Of", Voucher, FileMove, Flag, TroubledNotice)


@dataclass(frozen=True)
class Stored:
    """`spent` are the bookings that cost vouchers, `mediators` the names of all, `merged` how many records were."""

    person: Person | None
    wallet: Wallet | None
    vouchers: Sequence[Voucher]
    ledger: Sequence[LedgerEntry]
    bookings: Sequence[Row[Booking, Session]]
    spent: set[BookingId]
    waits: Sequence[Row[WaitingPerson, Session]]
    file: File | None
    moves: Sequence[FileMove]
    plan: Mapping[UUID, Training]
    flags: Sequence[Flag]
    notices: Sequence[TroubledNotice]
    mediators: Mapping[UUID, str]
    merged: int
    journal: Sequence[RowMapping]


async def stored_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Stored:
    """With what was left under the ids of records that were merged into theirs."""
    merged = await merged_into(reading, beneficiary_id)
    ids = [beneficiary_id, *merged]
    bookings = await bookings_of(reading, beneficiary_id)
    file = (await files_of(reading, ids)).get(beneficiary_id)
    return Stored(
        person=(await people(reading, ids)).get(beneficiary_id),
        wallet=await reading.get(Wallet, beneficiary_id),
        vouchers=await _all(reading, Voucher, ids),
        ledger=await ledger(reading, beneficiary_id),
        bookings=bookings,
        spent=await spent_on(reading, [one.id for one, _ in bookings]),
        waits=await waits_of(reading, beneficiary_id),
        file=file,
        moves=await _all(reading, FileMove, ids),
        plan=await trainings_by_id(reading, file.plan if file else ()),
        flags=await _all(reading, Flag, ids),
        notices=await _all(reading, TroubledNotice, ids),
        mediators=await mediators_names(reading),
        merged=len(merged),
        journal=await lines_about(reading, ids),
    )


async def _all(reading: Reading, kind: type[Of], ids: Collection[UUID]) -> Sequence[Of]:
    """In the order in which they were made."""
    query = select(kind).where(any_of(kind.beneficiary_id, ids)).order_by(*kind.__table__.primary_key)
    return (await reading.scalars(query)).all()
