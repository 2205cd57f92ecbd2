"""Handing over: within each provider's pace and budget, as long as it makes sense, and to the end when we stop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from chassis.db import Database, Transaction
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications import queries
from services.notifications.delivery import Dispatch, Sent
from services.notifications.delivery.dispatch import CLOSES_WITHIN
from services.notifications.delivery.keeping import Answer, keep
from services.notifications.delivery.pace import Pace
from services.notifications.model import Notice, Receipt
from services.notifications.settings import Settings
from services.notifications.usecases import composing, sending
from services.notifications.usecases.parcel import TWO_DAYS, minutes_left
from tests.notifications.conftest import (
    confirmed,
    heard,
    impatient,
    people_booked,
    rows,
    scheduled,
    send_due,
    stated,
)
from tests.outside import Outside

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


async def ovh_first(database: Database, settings: Settings) -> None:
    await database.transact(lambda tx: queries.know(tx, [one.name for one in settings.sms]))
    await database.transact(lambda tx: tx.execute(text("UPDATE providers SET share = 0 WHERE name = 'brevo'")))


class Counted(Pace):
    """Remembers how many conversations began, and how many there were at once."""

    begun, most = 0, 0

    def enter(self) -> None:
        super().enter()
        self.begun += 1
        self.most = max(self.most, self.under_way)


async def test_rule_24_what_the_other_takes_over_counts_in_its_pace_and_its_budget(
    database: Database, outside: Outside, both: Settings
) -> None:
    accounts = tuple(one.model_copy(update={"per_day": 4 if one.name == "brevo" else 100}) for one in both.sms)
    little = both.model_copy(update={"sms": accounts})
    await ovh_first(database, little)
    phones = await people_booked(database, 6)
    outside.fault("ovh", "refuse")
    handing = Dispatch.of(little)
    handing.paces["brevo"] = other = Counted(50)
    await handing.drain(database)
    assert (other.begun, other.under_way, handing.paces["ovh"].under_way) == (4, 0, 0)
    assert sum(len(outside.messages(phone)) for phone in phones) == 4
    async with database.reading() as reading:
        [brevo] = await queries.providers(reading, ["brevo"])
    assert brevo.spent == 4
    waiting = [one for one in await rows(database) if one.state == "scheduled"]
    assert {one.reason for one in waiting} == {"ovh refuse (503 SERVICE_UNAVAILABLE)"}
    assert len(waiting) == 2


async def test_the_other_is_handed_no_more_at_once_than_it_has_room_for(
    database: Database, outside: Outside, both: Settings
) -> None:
    await ovh_first(database, both)
    await people_booked(database, 6)
    outside.fault("ovh", "refuse")
    handing = Dispatch.of(both)
    handing.paces["brevo"] = other = Counted(0.001)  # one, and no other for a long time
    await handing.run(database)
    while handing.under_way:
        await asyncio.wait(handing.under_way)
    assert other.begun == 1


@pytest.mark.parametrize(
    ("useful_for", "tries", "most"),
    [
        (None, 11, timedelta(minutes=31)),
        (timedelta(days=5), 11, timedelta(minutes=31)),
        (timedelta(hours=2, minutes=12), 8, timedelta(minutes=12)),
        (timedelta(hours=1), 5, timedelta(minutes=2)),
    ],
)
def test_trouble_is_tried_again_for_half_an_hour_or_while_a_person_may_still_call(
    useful_for: timedelta | None, tries: int, most: timedelta
) -> None:
    until = NOW + useful_for if useful_for else None
    notice = Notice.planned("booking_confirmed", uuid7(), BeneficiaryId(uuid7()), NOW, expires_at=until)
    now, notice.attempts = NOW, 1
    while notice.may_wait(5, timedelta(minutes=30), now):
        notice.try_again("503", now)
        now, notice.attempts = notice.due_at, notice.attempts + 1
    assert notice.attempts == tries
    assert now - NOW <= most


@pytest.mark.parametrize(("attempts", "expected"), [(7, ["scheduled"]), (12, ["failed", "by_hand"])])
async def test_our_own_trouble_is_waited_for_before_a_person_has_to_call(
    database: Database, outside: Outside, both: Settings, attempts: int, expected: list[str]
) -> None:
    await people_booked(database, 1)
    for provider in ("ovh", "brevo"):
        outside.fault(provider, "refuse")
    before = text("UPDATE notices SET attempts = :attempts WHERE kind = 'booking_confirmed'")
    await database.transact(lambda tx: tx.execute(before, {"attempts": attempts}))
    await Dispatch.of(both).drain(database)
    assert [one.state for one in await rows(database)] == expected


def minutes(*left: int | None) -> Iterable[datetime | None]:
    return [None if one is None else NOW + timedelta(minutes=one) for one in left]


@pytest.mark.parametrize(
    ("ends", "expected"), [((90,), 90), ((0,), 1), ((30, 90), 90), ((30, None), TWO_DAYS), ((99_999,), TWO_DAYS)]
)
def test_rule_21_a_message_is_good_as_long_as_anything_of_it_is(ends: tuple[int | None, ...], expected: int) -> None:
    assert minutes_left(minutes(*ends), NOW) == expected


async def test_rule_21_no_sms_arrives_after_the_start(site: Site, database: Database, outside: Outside) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled(datetime.now(UTC) + timedelta(hours=3))
    contact = stated(person)
    await heard(database, contact, session, confirmed(person, session))
    await send_due(site)
    [message] = outside.messages(contact.phone or "")
    assert 170 <= message["valid_for"] <= 180


@pytest.mark.parametrize(("fault", "state"), [("slow", "sent"), ("time_out", "sending")])
async def test_who_stops_waits_a_moment_for_what_is_in_flight(
    database: Database, outside: Outside, both: Settings, fault: str, state: str
) -> None:
    patient = impatient(both, 0).model_copy(update={"provider_answers_within": timedelta(seconds=20)})
    await people_booked(database, 2)
    outside.fault("ovh", fault)
    handing, began = Dispatch.of(patient), asyncio.get_running_loop().time()
    await handing.run(database)
    await handing.close()
    assert [one.state for one in await rows(database)] == [state] * 2
    assert asyncio.get_running_loop().time() - began < CLOSES_WITHIN + 1


Step = Callable[[Transaction], Awaitable[object]]


async def keep_both(database: Database, settings: Settings, *, receipt_first: bool) -> str:
    """A receipt and the answer before it, each in its transaction, the second while the first is not committed."""
    await people_booked(database, 1)
    claim = await database.transact(lambda tx: composing.compose_due(tx, settings, {"ovh": 1, "brevo": 0}))
    answer = Answer(claim.parcels[0], Sent("ovh", "77"), frozenset({"ovh"}))
    receipt = Receipt(provider="ovh", provider_id="77", status="delivered", reason="")
    steps: list[Step] = [lambda tx: sending.keep_told(tx, [receipt]), lambda tx: keep(tx, [answer], settings, {})]
    await overlapping(database, *(steps if receipt_first else reversed(steps)))
    [notice] = await rows(database)
    return notice.state


async def overlapping(database: Database, first: Step, second: Step) -> None:
    begun = asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await first(tx)
        await tx.flush()
        begun.set()
        await asyncio.sleep(0.5)

    async def meanwhile() -> None:
        await begun.wait()
        await database.transact(second)

    await asyncio.gather(database.transact(slowly), meanwhile())


@pytest.mark.parametrize("receipt_first", [True, False])
async def test_rule_23_a_receipt_and_its_answer_kept_at_the_same_moment_meet(
    database: Database, both: Settings, *, receipt_first: bool
) -> None:
    assert await keep_both(database, both, receipt_first=receipt_first) == "delivered"


@pytest.mark.parametrize("receipt_first", [True, False])
async def test_without_the_guard_they_miss_each_other(
    database: Database, both: Settings, monkeypatch: pytest.MonkeyPatch, *, receipt_first: bool
) -> None:
    """The control: neither sees what the other has not committed yet."""
    monkeypatch.setattr(queries, "hold_receipts", nothing)
    assert await keep_both(database, both, receipt_first=receipt_first) == "sent"


async def nothing(*_: object) -> None:
    return
