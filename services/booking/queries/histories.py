"""All that booking stores of one person: to copy it, to give it to another record, to delete it. Rules 5 and 27."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Row, RowMapping, delete, select, update

from chassis.db import Reading, Transaction, any_of
from chassis.journal import lines_about
from contracts.ids import BeneficiaryId, BookingId
from services.booking.model import (
    Alias,
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
from services.booking.queries.bookings import bookings_of, sessions_of, spent_on
from services.booking.queries.files import files_of, open_flag
from services.booking.queries.replicas import mediators_names, merged_into, people, trainings_by_id
from services.booking.queries.sessions import sessions_for_update
from services.booking.queries.waiting import waits_of
from services.booking.queries.wallets import ledger, wallets_for_update

DELETED = (Person, File, FileMove, Flag, TroubledNotice)
HOURS = (Voucher, LedgerEntry, Booking)
HISTORY = (*HOURS, WaitingPerson, FileMove, TroubledNotice)

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
    """Read all of it, with what was left under the ids of records that were merged into theirs."""
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
        spent=await spent_on(reading, [booking.id for booking, _ in bookings]),
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


async def histories_for_update(
    tx: Transaction, people: Collection[UUID], others: Collection[UUID] = ()
) -> tuple[dict[UUID, Session], dict[UUID, Wallet]]:
    """Lock where `people` have a seat or wait, then their wallets and those of `others`.

    Who gets a seat before their wallet is locked has a session more: all is let go and locked again, so that sessions
    always come before wallets.
    """
    while True:
        async with tx.begin_nested() as savepoint:
            theirs = await sessions_of(tx, people)
            sessions = await sessions_for_update(tx, theirs)
            wallets = await wallets_for_update(tx, {*people, *others})
            if await sessions_of(tx, people) <= theirs:
                return sessions, wallets
            await savepoint.rollback()


async def move_history(tx: Transaction, merged_id: BeneficiaryId, survivor_id: BeneficiaryId) -> None:
    """Give to the survivor what is stored of the merged record, but its file; an open flag only if they have none."""
    for kind in HISTORY:
        await tx.execute(update(kind).where(kind.beneficiary_id == merged_id).values(beneficiary_id=survivor_id))
    if await open_flag(tx, survivor_id) is None:
        await tx.execute(update(Flag).where(Flag.beneficiary_id == merged_id).values(beneficiary_id=survivor_id))


async def move_hours(tx: Transaction, owners: Mapping[BeneficiaryId, BeneficiaryId]) -> None:
    """Give vouchers, ledger and bookings to other wallets, from → to, and delete the former ones.

    What was loaded is let go: it is not as it is stored any more.
    """
    for owner, heir in owners.items():
        for kind in HOURS:
            await tx.execute(update(kind).where(kind.beneficiary_id == owner).values(beneficiary_id=heir))
    tx.expunge_all()
    await tx.execute(delete(Wallet).where(any_of(Wallet.beneficiary_id, owners)))


async def delete_people(tx: Transaction, people: Collection[UUID]) -> None:
    """Delete all that is not hours, and which records were merged into which."""
    for kind in DELETED:
        await tx.execute(delete(kind).where(any_of(kind.beneficiary_id, people)))
    await tx.execute(delete(Alias).where(any_of(Alias.survivor_id, people) | any_of(Alias.merged_id, people)))
