"""Rule 27: a late or replayed event can never bring an erased person back."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from chassis import erasure, parking
from chassis.db import Database
from chassis.erasure import people_in
from chassis.intake import Intake, Subscription
from contracts.booking import BookingErasureCompleted
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged
from tests.chassis.conftest import Counting, declined, effects, record

ERASED, OTHER = BeneficiaryId(uuid7()), BeneficiaryId(uuid7())


@pytest.fixture
def intake(counted: Database, subscription: Subscription) -> Intake:
    return Intake(counted, subscription)


async def heard_of(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(effects.c.key).order_by(effects.c.id))]


async def test_rule_27_what_speaks_of_an_erased_person_is_dropped_and_of_others_is_applied(
    intake: Intake, counted: Database
) -> None:
    late = record(declined(ERASED), 1)
    await counted.transact(lambda tx: erasure.forget(tx, ERASED))
    await intake.apply([late, record(declined(OTHER), 2)])
    assert await heard_of(counted) == [str(OTHER)]


async def test_without_the_list_of_the_erased_the_late_event_has_its_effect(intake: Intake, counted: Database) -> None:
    """The control."""
    await intake.apply([record(declined(ERASED), 1)])
    assert await heard_of(counted) == [str(ERASED)]


async def test_rule_27_forgetting_twice_is_forgetting_once_and_only_digests_are_kept(database: Database) -> None:
    for _ in range(2):
        await database.transact(lambda tx: erasure.forget(tx, ERASED))
    async with database.reading() as reading:
        (digest,) = await reading.scalars(select(erasure.erased.c.digest))
        assert len(digest) == 32
        assert UUID(bytes=digest[:16]) != ERASED
        assert await erasure.among(reading, {ERASED, OTHER}) == {ERASED}
        assert await reading.scalar(select(func.count()).select_from(erasure.erasure_key)) == 1


async def test_rule_27_parked_records_of_the_person_are_gone(
    intake: Intake, counted: Database, counting: Counting
) -> None:
    poison = declined(ERASED)
    counting.poison.add(poison.offer_id)
    await intake.apply([record(poison, 1)])
    await counted.transact(lambda tx: erasure.forget(tx, ERASED))
    async with counted.reading() as reading:
        assert not await parking.waiting(reading)


async def test_rule_27_what_was_parked_after_the_erasure_is_replayed_without_effect(
    intake: Intake, counted: Database
) -> None:
    """It could not be read when it came; later the program can read it."""
    poison = record(declined(ERASED), 1)
    await counted.transact(lambda tx: erasure.forget(tx, ERASED))
    await counted.transact(lambda tx: parking.park(tx, poison, "parked late", None))
    async with counted.reading() as reading:
        (late,) = await parking.waiting(reading)
    await intake.replay(late.id, "test")
    assert await heard_of(counted) == []
    async with counted.reading() as reading:
        assert [*await reading.scalars(select(parking.parked.c.state))] == ["discarded"]


def test_news_of_the_erasure_itself_speaks_of_nobody() -> None:
    assert people_in(BeneficiaryErased(beneficiary_id=ERASED)) == set()
    assert people_in(BookingErasureCompleted(beneficiary_id=ERASED, service="booking")) == set()
    assert people_in(BeneficiaryMerged(kept_id=OTHER, merged_id=ERASED)) == {OTHER, ERASED}
