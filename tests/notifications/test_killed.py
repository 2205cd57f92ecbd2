"""kill -9 at random moments of sending: nothing is told twice, nothing is lost, what is unknown is on the call list.

`KILLS=200` for the long run; a few in every run of the tests.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.processes import Children
from deploy.local.servers import ROOT
from services.notifications import consumers
from services.notifications.delivery import Dispatch, ask_about_unclear
from tests.notifications.conftest import confirmed, scheduled, stated
from tests.notifications.killed import settings_for
from tests.outside import Outside

KILLS = int(os.environ.get("KILLS", "4"))
PEOPLE = 25  # told between two kills


async def booked(database: Database, number: int) -> list[str]:
    """Their telephones, all different."""
    session, people = scheduled(), [BeneficiaryId(uuid7()) for _ in range(PEOPLE)]
    phones = [f"+33{number:04}{index:04}9" for index in range(PEOPLE)]
    contacts = [stated(person, phone=phone) for person, phone in zip(people, phones, strict=True)]
    bookings = [confirmed(person, session) for person in people]
    await database.transact(lambda tx: consumers.on_contacts(tx, contacts))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, bookings))
    return phones


@pytest.mark.timeout(180 + 5 * KILLS)
@pytest.mark.parametrize("kind", ["gateway", "ovh", "brevo"])
async def test_rule_23_killed_at_any_moment_nothing_is_told_twice_or_lost(
    site: Site, database: Database, outside: Outside, tmp_path: Path, kind: str
) -> None:
    del site
    phones: list[str] = []
    first = random.randrange(1000, 9000)
    for number in range(kills := max(KILLS // 3, 1)):
        phones += await booked(database, first + number)
        await asyncio.to_thread(send_and_kill, database.url, outside, kind, tmp_path)
    await settle(database, outside, kind)
    told, waiting = Counter(await asyncio.to_thread(received, outside, phones)), await to_call(database)
    print(f"{kind}: {kills} kills, {len(phones)} messages, {sum(told.values())} told, {len(waiting)} to call")  # noqa: T201 - for the long run
    assert [phone for phone, times in told.items() if times > 1] == []
    assert [phone for phone in phones if not told[phone] and phone not in waiting] == []
    assert await left(database) == 0


def send_and_kill(url: str, outside: Outside, kind: str, folder: Path) -> None:
    children = Children()
    command = [sys.executable, "-m", "tests.notifications.killed", url, str(outside.http_port), str(outside.smtp_port)]
    child = children.start("killed", [*command, kind], folder / "killed.log", env={"PYTHONPATH": str(ROOT)})
    child.wait_for("sending")
    time.sleep(random.uniform(0, 0.25))
    child.kill()
    children.close()


async def settle(database: Database, outside: Outside, kind: str) -> None:
    """A new process looks after what the killed ones left."""
    dispatch = Dispatch.of(settings_for(database.url, outside, kind))
    deadline = time.monotonic() + 60
    while await left(database) and time.monotonic() < deadline:
        await dispatch.drain(database)
        await ask_about_unclear(database, dispatch)
        await asyncio.sleep(0.2)


async def left(database: Database) -> int:
    query = "SELECT count(*) FROM notices WHERE kind = 'booking_confirmed' AND state IN ('scheduled', 'sending')"
    async with database.reading() as reading:
        return int((await reading.execute(text(query))).scalar_one())


def received(outside: Outside, phones: Sequence[str]) -> list[str]:
    wanted = {*phones}
    messages = httpx.get(f"{outside.url}/messages.json", timeout=30).json()
    return [one["to"] for one in messages if one["to"] in wanted]


async def to_call(database: Database) -> set[str]:
    query = "SELECT phone FROM notices JOIN contacts USING (beneficiary_id) WHERE state = 'by_hand'"
    async with database.reading() as reading:
        return {*await reading.scalars(text(query))}
