"""kill -9 at random moments of sending: nothing is told twice, nothing is lost, what is unknown is on the call list.

`KILLS=200` for the long run; a few in every run of the tests.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from chassis.db import Database
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.servers import ROOT
from services.notifications import consumers
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.settings import Settings
from tests.forks import Forking
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.killed import settings_for
from tests.notifications.smsc import Smsc
from tests.outside import Outside
from tests.waiting import PATIENCE, until

KILLS = int(os.environ.get("KILLS", "5"))  # shared by the kinds
KINDS = ("gateway", "ovh", "brevo", "smpp", "email")
PEOPLE = 25  # written to between two kills


async def booked(database: Database, number: int, kind: str) -> list[str]:
    """Their telephones or addresses, all different."""
    session, people = scheduled(), [BeneficiaryId(uuid7()) for _ in range(PEOPLE)]
    phones = [f"+33{number:04}{index:04}9" for index in range(PEOPLE)]
    addresses = [f"{phone[1:]}@exemple.invalid" for phone in phones]
    by_mail: list[dict[str, Any]] = [
        {"channel": "email", "email": address, "phone": None, "phone_kind": None} for address in addresses
    ]
    known = by_mail if kind == "email" else [{"phone": phone} for phone in phones]
    contacts = [stated(person, **address) for person, address in zip(people, known, strict=True)]
    bookings = [confirmed(person, session) for person in people]
    await database.transact(lambda tx: consumers.on_contacts(tx, contacts))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_booking(tx, bookings))
    return addresses if kind == "email" else phones


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc.opened() as opened:
        yield opened


@pytest.mark.timeout(180 + 5 * KILLS)
@pytest.mark.parametrize("kind", KINDS)
async def test_rule_23_killed_at_any_moment_nothing_is_told_twice_or_lost(
    database: Database, outside: Outside, smsc: Smsc, tmp_path: Path, kind: str
) -> None:
    people, settings = list[str](), settings_for(database.url, outside, kind, smsc.port)
    first = random.randrange(1000, 9000)
    for number in range(kills := KILLS // len(KINDS) + (KINDS.index(kind) < KILLS % len(KINDS))):
        people += await booked(database, first + number, kind)
        command = [database.url, outside.http_port, outside.smtp_port, smsc.port, kind]
        await asyncio.to_thread(send_and_kill, [str(argument) for argument in command], tmp_path)
    await settle(database, settings)
    arrived = Counter(await asyncio.to_thread(received, outside, people)) + Counter(number for number, _ in smsc.texts)
    waiting = await to_call(database)
    print(f"{kind}: {kills} kills, {len(people)} messages, {sum(arrived.values())} arrived, {len(waiting)} to call")  # noqa: T201 - for the long run
    assert [to for to, times in arrived.items() if times > 1] == []
    assert [to for to in people if not arrived[to] and to not in waiting] == []
    assert await left(database) == 0


def send_and_kill(arguments: Sequence[str], folder: Path) -> None:
    children = Forking()
    command = [sys.executable, "-m", "tests.notifications.killed", *arguments]
    child = children.start("killed", command, folder / "killed.log", env={"PYTHONPATH": str(ROOT)})
    child.wait_for("sending", within=PATIENCE)
    time.sleep(random.uniform(0, 0.25))
    child.kill()
    children.close()


async def settle(database: Database, settings: Settings) -> None:
    """A new process looks after what the killed ones left."""
    dispatch = Dispatch.of(settings)

    async def settled() -> bool:
        await dispatch.drain(database)
        await ask_about_unclear(database, dispatch)
        return not await left(database)

    await until(settled, "nothing is left")
    await dispatch.close()


async def left(database: Database) -> int:
    query = "SELECT count(*) FROM notices WHERE kind = 'booking_confirmed' AND state IN ('scheduled', 'sending')"
    async with database.reading() as reading:
        return int((await reading.execute(text(query))).scalar_one())


def received(outside: Outside, people: Sequence[str]) -> list[str]:
    """By SMS, except SMPP, and by e-mail."""
    wanted = {*people}
    boxes = [httpx.get(f"{outside.url}/{name}.json", timeout=PATIENCE).json() for name in ("messages", "courriels")]
    return [message["to"] for box in boxes for message in box if message["to"] in wanted]


async def to_call(database: Database) -> set[str]:
    query = "SELECT coalesce(phone, email) FROM notices JOIN contacts USING (beneficiary_id) WHERE state = 'by_hand'"
    async with database.reading() as reading:
        return {*await reading.scalars(text(query))}
