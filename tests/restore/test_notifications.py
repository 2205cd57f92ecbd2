"""Notifications' database is put back to an earlier moment: nobody is told twice what had left since."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from chassis.runtime import Runtime
from contracts.booking import BookingConfirmed
from contracts.catalogue import SessionScheduled
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, uuid7
from contracts.mediators import MediatorStated
from contracts.prescription import BeneficiaryErased, CentreOpened
from services.notifications.model import ANONYMOUS
from services.notifications.usecases import calling, opt_outs
from tests.notifications.events import BY_POST, CENTRE, MEDIATOR, cancelled, confirmed, scheduled, stated
from tests.outside import Outside, opened
from tests.restore.conftest import Served
from tests.restore.rewound import Rewound, differing
from tests.waiting import until

SAME = {
    "notices": [
        "id", "due_at", "expires_at", "created_at", "settled_at", "attempts", "content", "subject", "correlation",
        "check_at", "reason", "sent_to",
    ],
    "opt_outs": ["id", "at"],
    "bookings": [],
    "contacts": [],
    "sessions": [],
}  # fmt: skip
KARIM = MediatorStated(mediator_id=MEDIATOR, version=1, name="Démo Karim", phone="+33465710002")
CREST = CentreOpened(
    centre_id=CENTRE, version=1, name="Centre de Crest", kind="social_centre", commune_insee="26108", phone=None
)
DUE = """
    SELECT count(*) FROM notices JOIN contacts USING (beneficiary_id)
    WHERE state = 'sending' OR (state = 'scheduled' AND due_at < now() + interval '1h')
"""
BY_HAND = "SELECT id FROM notices WHERE state = 'by_hand'"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    with opened(tmp_path, "http://127.0.0.1:1/api/notifications/receipts/sms") as outside:
        yield outside


async def sent(runtime: Runtime) -> None:
    """Until nothing is due any more."""

    async def none() -> bool:
        async with runtime.database.reading() as reading:
            return not await reading.scalar(text(DUE))

    await until(none, "all that is due has left")


def acting(
    *acts: Callable[[Runtime], Awaitable[object]],
) -> Callable[[Runtime], Awaitable[None]]:
    async def act(runtime: Runtime) -> None:
        await sent(runtime)
        for act in acts:
            await act(runtime)
        await sent(runtime)

    return act


async def called(runtime: Runtime) -> None:
    """The letter was posted."""
    async with runtime.database.reading() as reading:
        (letter,) = await reading.scalars(text(BY_HAND))
    await runtime.database.transact(lambda tx: calling.done_by_person(tx, letter))


@pytest.fixture
async def lost(served: Served, outside: Outside) -> Rewound:
    return await served("notifications", quiet_hours=False, **outside.settings())


@dataclass
class People:
    """`early` was told before the moment; the others since: by SMS, by letter, and one who is erased afterwards."""

    early: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    late: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    posted: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    gone: BeneficiaryId = field(default_factory=lambda: BeneficiaryId(uuid7()))
    session: SessionScheduled = field(default_factory=scheduled)

    def contacts(self) -> list[ContactStated]:
        phones = {self.late: "+33639981002", self.gone: "+33639981004"}
        return [*(stated(person, phone=phone) for person, phone in phones.items()), stated(self.posted, **BY_POST)]

    def booked(self) -> list[BookingConfirmed]:
        return [confirmed(person, self.session) for person in (self.late, self.posted, self.gone)]

    async def stop(self, runtime: Runtime) -> None:
        await runtime.database.transact(lambda tx: opt_outs.stop(tx, self.late, "email"))


async def test_core_22_what_had_left_since_does_not_leave_again(lost: Rewound, outside: Outside) -> None:
    people = People()
    first, phone = confirmed(people.early, people.session), "+33639981001"
    await lost.does(KARIM, CREST, people.session, stated(people.early, phone=phone), first, act=sent)
    old = await lost.copied()
    news = [*people.contacts(), cancelled(first), *people.booked()]
    await lost.does(*news, act=acting(called, people.stop))
    await lost.does(BeneficiaryErased(beneficiary_id=people.gone))
    messages, published = outside.all_messages(), await old.published()
    assert sorted(message["to"][-1] for message in messages) == ["1", "1", "2", "4"]
    assert await differing(lost, old, SAME)
    await old.made_whole()
    await old.does(act=sent)
    assert outside.all_messages() == messages
    assert [row for row in await differing(lost, old, SAME) if repr(ANONYMOUS) not in row] == []
    assert await old.published() == published
