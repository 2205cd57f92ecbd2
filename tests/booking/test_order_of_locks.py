"""Whatever comes in whatever order, sessions are locked before wallets, and both in the order of their ids."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from chassis.db import Database
from contracts.catalogue import SessionCancelled
from contracts.ids import SessionId
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from services.booking import consumers, queries, usecases
from services.booking.audit import faults
from services.booking.usecases import Request
from tests.booking.conftest import (
    BY,
    book,
    new_people,
    new_session,
)
from tests.booking.events import TOMORROW, changed, prescribed
from tests.booking.on_paper import POLICY
from tests.interleaving import Counted, begun, held, uncommitted


async def several(database: Database, count: int) -> list[SessionId]:
    return sorted([await new_session(database, starts=TOMORROW + timedelta(hours=3 * n)) for n in range(count)])


def batch(*events: Any) -> Counted:
    """As the intake applies it, in one transaction."""
    on: Any = consumers.on_catalogue if events[0].topic == "catalogue.events" else consumers.on_prescription
    return Counted(partial(on, events=[*events], policy=POLICY))


def cancelled(session: SessionId) -> SessionCancelled:
    return SessionCancelled(session_id=session, version=9, reason="panne")


async def both(database: Database, first: Counted, second: Counted, gates: Sequence[SessionId]) -> None:
    """Each comes to its gate, a session that somebody else holds, or ends; then the gates open."""
    async with held(database, "sessions", gates):
        tasks = [
            await begun(database, database.transact(work), number) for number, work in enumerate((first, second), 1)
        ]
    await asyncio.gather(*tasks)
    assert (first.begun, second.begun) == (1, 1), "a deadlock: one of them had to begin again"
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []


async def test_core_14_two_batches_with_sessions_in_opposite_order_do_not_wait_for_each_other(
    database: Database,
) -> None:
    here, other, gate, second_gate = await several(database, 4)
    there = batch(*[changed(id_, 2, "capacity") for id_ in (here, gate, other)])
    back = batch(*[changed(id_, 3, "capacity") for id_ in (other, second_gate, here)])
    await both(database, there, back, [gate, second_gate])


async def test_core_14_a_batch_and_a_group_of_bookings_do_not_wait_for_each_other(database: Database) -> None:
    here, gate, other = await several(database, 3)
    people = await new_people(database, 2)
    news = batch(*[changed(id_, 2, "capacity") for id_ in (other, gate, here)])
    asked = [Request(here, people[0], BY), Request(other, people[1], BY)]
    await both(database, news, Counted(partial(usecases.book_batch, requests=asked, policy=POLICY)), [gate])


async def test_core_14_sessions_cancelled_in_any_order_lock_the_wallets_of_those_booked_in_one(
    database: Database,
) -> None:
    first, second, third, fourth, gate, second_gate = await several(database, 6)
    lower, higher = sorted(await new_people(database, 2))
    for session, person in ((first, higher), (second, lower), (third, lower), (fourth, higher)):
        await book(database, session, person)
    there, back = (
        batch(cancelled(before), changed(middle, 2, "capacity"), cancelled(after))
        for before, middle, after in ((first, gate, second), (third, second_gate, fourth))
    )
    await both(database, there, back, [gate, second_gate])


@pytest.mark.parametrize("merging", [False, True], ids=["erased", "merged"])
async def test_core_14_a_book_prescribed_before_a_merge_or_an_erasure_waits_for_no_booking(
    database: Database, *, merging: bool
) -> None:
    gate, session = await several(database, 2)
    reader, leaver, keeper = await new_people(database, 3)
    for place in (gate, session):
        await book(database, place, leaver)
    leaves = (
        BeneficiaryMerged(kept_id=keeper, merged_id=leaver) if merging else BeneficiaryErased(beneficiary_id=leaver)
    )
    request = Request(session, reader, BY)
    booking: Counted = Counted(partial(usecases.book, request=request, policy=POLICY))
    await both(database, batch(prescribed(reader, rank=2), leaves), booking, [gate])


@pytest.mark.parametrize("merging", [False, True], ids=["erased", "merged"])
async def test_core_16_a_seat_taken_while_a_merge_or_an_erasure_waits_for_the_wallet_is_seen(
    database: Database, *, merging: bool
) -> None:
    (session,) = await several(database, 1)
    leaver, keeper = await new_people(database, 2)
    leaves = (
        BeneficiaryMerged(kept_id=keeper, merged_id=leaver) if merging else BeneficiaryErased(beneficiary_id=leaver)
    )
    work = batch(leaves)
    async with uncommitted(database, partial(usecases.book, request=Request(session, leaver, BY), policy=POLICY)):
        task = await begun(database, database.transact(work), 1)
    await task
    async with database.reading() as reading:
        assert [fault async for fault in faults(reading)] == []
        seats = await queries.seats_of(reading, keeper)
        left = await queries.session(reading, session)
    assert (work.begun, len(seats), left.taken) == ((1, 1, 1) if merging else (1, 0, 0))
