"""Booking's database is put back to an earlier moment: what it had published since comes back into its tables."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chassis.binding import BehindItsGroups, BehindItsTopics
from chassis.commands import SINCE, recover, rehear
from chassis.runtime import Runtime
from contracts.catalogue import SessionScheduled
from contracts.ids import BeneficiaryId, uuid7
from services.booking import usecases
from services.booking.audit import faults
from services.booking.model import Booking
from tests.booking.conftest import book, cancel, mark, wait
from tests.booking.events import ME, TOMORROW, in_post, prescribed, scheduled
from tests.restore.conftest import Served
from tests.restore.rewound import differing

SAME = {
    "bookings": ["seat", "by_id"],
    "wallets": [],
    "vouchers": ["moves"],
    "waiting": ["joined_at"],
    "sessions": ["seats_given", "seats_back"],
    "files": ["opened_at"],
    "flags": ["id", "raised_at"],
    "people": [],
    "file_moves": ["id", "at"],
}


@dataclass
class Days:
    """What happens to three people, before the moment and since."""

    before: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    after: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    last: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    early: SessionScheduled = field(default_factory=lambda: scheduled(capacity=1))
    late: SessionScheduled = field(default_factory=lambda: scheduled(TOMORROW + timedelta(days=1), capacity=2))
    seat: Booking | None = None

    async def begin(self, runtime: Runtime) -> None:
        self.seat = await book(runtime.database, self.early.session_id, self.before)

    async def go_on(self, runtime: Runtime) -> None:
        """The seat changes hands, somebody waits, a file is taken over, one is there and one is not."""
        database = runtime.database
        assert self.seat
        await cancel(database, self.seat)
        await book(database, self.early.session_id, self.after)
        await wait(database, self.early.session_id, self.last)
        await database.transact(partial(usecases.accept_file, beneficiary_id=self.after, by=ME))
        await mark(database, await book(database, self.late.session_id, self.last), attended=True)
        await mark(database, await book(database, self.late.session_id, self.before), attended=False)


async def test_core_22_what_booking_had_published_since_comes_back(served: Served) -> None:
    lost, days, began = await served("booking"), Days(), datetime.now(UTC)
    await lost.does(*in_post(), prescribed(days.before), days.early, act=days.begin)
    old = await lost.copied()
    await lost.does(prescribed(days.after), prescribed(days.last), days.late, act=days.go_on)
    assert await differing(lost, old, SAME)
    with pytest.raises(BehindItsGroups):
        await old.asks(lambda runtime: runtime.binding.verify())
    await old.asks(lambda runtime: rehear(runtime, []))
    with pytest.raises(BehindItsTopics, match="recover"):
        await old.asks(lambda runtime: runtime.binding.verify())
    published = await old.published()
    await old.made_whole()
    await old.asks(lambda runtime: recover(runtime, [SINCE, began.isoformat()]))
    await old.does()
    assert await differing(lost, old, SAME) == []
    assert await old.published() == published
    assert await old.asks(faults_of) == []


async def faults_of(runtime: Runtime) -> list[str]:
    async with runtime.database.reading() as reading:
        return [fault async for fault in faults(reading)]
