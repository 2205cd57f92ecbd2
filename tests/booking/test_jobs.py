"""What a job can't do for one file, one seat or one list, it does for all others."""

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, MediatorId, uuid7
from tests.booking.conftest import book, deliver, new_session
from tests.booking.events import in_post
from tests.jobs import change, count, do, poisoned


@pytest.mark.usefixtures("people")
async def test_core_16_a_file_that_can_not_be_proposed_again_holds_up_no_other(site: Site, database: Database) -> None:
    await deliver(database, *in_post(MediatorId(uuid7()), "Démo Lucie"))
    await change(database, "UPDATE files SET proposed_at = now() - interval '90 days'")
    waiting = "SELECT count(*) FROM files WHERE proposed_at < now() - interval '1 day'"
    async with poisoned(database, "files", "beneficiary_id"):
        with pytest.raises(ExceptionGroup):
            await do(site, "propose files again")
        assert await count(database, waiting) == 1
    await do(site, "propose files again")
    assert await count(database, waiting) == 0


PAST = (
    "UPDATE sessions SET starts_at = starts_at - interval '9 years', ends_at = ends_at - interval '9 years'",
    "UPDATE bookings SET starts_at = starts_at - interval '9 years', ends_at = ends_at - interval '9 years'",
)


async def test_core_16_a_seat_that_can_not_be_settled_holds_up_no_other(
    site: Site, database: Database, people: list[BeneficiaryId]
) -> None:
    session = await new_session(database)
    for person in people:
        await book(database, session, person)
    await change(database, *PAST)
    unmarked = "SELECT count(*) FROM bookings WHERE state = 'confirmed'"
    async with poisoned(database, "bookings"):
        with pytest.raises(ExceptionGroup):
            await do(site, "settle unmarked seats")
        assert await count(database, unmarked) == 1
    await do(site, "settle unmarked seats")
    assert await count(database, unmarked) == 0
