"""Booking's database is put back: what it had decided about news of others since is not decided a second time."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import text

from chassis.db import Database
from chassis.runtime import Runtime
from contracts.catalogue import SessionScheduled
from contracts.event import Event
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryMerged, BookCorrected, BookPrescribed
from tests.booking.conftest import book, mark, wait
from tests.booking.events import TOMORROW, in_post, prescribed, scheduled
from tests.restore.conftest import Served
from tests.restore.rewound import differing

SAME = {
    "bookings": ["seat", "booked_at", "by_id"],
    "wallets": ["version"],
    "vouchers": ["moves"],
    "waiting": ["joined_at"],
    "sessions": ["seats_given", "seats_back", "fill_version"],
    "files": ["opened_at", "proposed_at"],
    "aliases": [],
}
STATE = "SELECT state FROM vouchers WHERE id = :id"


def someone() -> BeneficiaryId:
    return BeneficiaryId(uuid7())


def days_ahead(number: int) -> SessionScheduled:
    return scheduled(TOMORROW + timedelta(days=number), capacity=1)


@dataclass
class Days:
    """`mended` gets an hour back and spends it again; `merged` was `kept`; `gone` is erased, and `following` waited."""

    mended: BookPrescribed = field(default_factory=lambda: prescribed(someone()))
    kept: BeneficiaryId = field(default_factory=someone)
    merged: BeneficiaryId = field(default_factory=someone)
    gone: BeneficiaryId = field(default_factory=someone)
    following: BeneficiaryId = field(default_factory=someone)
    sessions: list[SessionScheduled] = field(default_factory=lambda: [days_ahead(number) for number in range(4)])

    @property
    def living(self) -> set[BeneficiaryId]:
        return {self.mended.beneficiary_id, self.kept, self.merged, self.following}

    def known(self) -> list[Event]:
        others = (self.kept, self.merged, self.gone, self.following)
        return [*in_post(), self.mended, *map(prescribed, others), *self.sessions]

    async def begin(self, runtime: Runtime) -> None:
        database = runtime.database
        await self.follow(database, 0)
        await book(database, self.sessions[1].session_id, self.merged)
        await book(database, self.sessions[2].session_id, self.gone)
        await wait(database, self.sessions[2].session_id, self.following)

    async def follow(self, database: Database, session: int) -> None:
        done = await book(database, self.sessions[session].session_id, self.mended.beneficiary_id)
        await mark(database, done, attended=True)

    def news(self) -> list[Event]:
        given_back = BookCorrected(
            book_id=self.mended.book_id, beneficiary_id=self.mended.beneficiary_id, reason="erreur de saisie",
            voucher_id=self.mended.voucher_ids[0], state_before="consumed", state_after="available",
        )  # fmt: skip
        merged = BeneficiaryMerged(kept_id=self.kept, merged_id=self.merged)
        return [given_back, merged, BeneficiaryErased(beneficiary_id=self.gone)]

    async def go_on(self, runtime: Runtime) -> None:
        await self.follow(runtime.database, 3)


async def voucher_of(runtime: Runtime, days: Days) -> str:
    async with runtime.database.reading() as reading:
        return str(await reading.scalar(text(STATE), {"id": days.mended.voucher_ids[0]}))


async def test_core_22_what_booking_had_decided_since_is_not_decided_again(served: Served) -> None:
    lost, days = await served("booking"), Days()
    await lost.does(*days.known(), act=days.begin)
    old = await lost.copied()
    await lost.does(*days.news(), act=days.go_on)
    assert await lost.asks(lambda runtime: voucher_of(runtime, days)) == "consumed"
    await old.made_whole()
    await old.does()
    rows = "\n".join(row for row in await differing(lost, old, SAME) if any(repr(who) in row for who in days.living))
    assert not rows, rows
    assert await old.knows_erased(days.gone)
