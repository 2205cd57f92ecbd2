"""What no service should be sent, sent on the real topic: the partition goes on, a person sees it and replays it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from sqlalchemy import select

from chassis import outbox, parking
from chassis.bus import Bus
from chassis.db import Transaction
from chassis.journal import journal
from chassis.site import Site
from contracts.event import CloudEvent, Event
from contracts.ids import BeneficiaryId, uuid7
from contracts.prescription import TOPIC, BookCancelled, BookPrescribed
from services.booking import queries
from tests.actors import ADMINISTRATOR, LINK_SECRET, SECRET, SESSION_ENV, asking
from tests.booking.events import prescribed
from tests.conftest import Created
from tests.forks import answer_of
from tests.sites import site_of
from tests.waiting import until

Headers = Sequence[tuple[str, bytes]]


def headers(event: Event, **changed: bytes | None) -> Headers:
    said = CloudEvent(uuid7(), datetime.now(UTC), event)
    known: dict[str, bytes | None] = {name: value.encode() for name, value in said.headers().items()}
    return [(name, value) for name, value in {**known, **changed}.items() if value is not None]


BOOK = prescribed(BeneficiaryId(uuid7()))
BODY = BOOK.body or b""

Command = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]
PARKED: dict[str, tuple[Headers, bytes | None]] = {
    "header not UTF-8": (headers(BOOK, ce_subject=b"\xff\xfe"), BODY),
    "ce_id missing": (headers(BOOK, ce_id=None), BODY),
    "ce_id not a UUID": (headers(BOOK, ce_id=b"seventeen"), BODY),
    "no headers at all": ([], BODY),
    "invalid JSON": (headers(BOOK), BODY[:-3]),
    "invalid for the schema": (headers(BOOK), BODY.replace(b'"rank":1', b'"rank":9')),
}
IGNORED: dict[str, tuple[Headers, bytes | None]] = {
    "tombstone on a plain topic": (headers(BOOK), None),
    "tombstone that says nothing": ([], None),
    "unknown type": (headers(BOOK, ce_type=b"book.eaten.v1"), BODY),
    "future version": (headers(BOOK, ce_type=b"book.prescribed.v2"), b'{"another": "shape"}'),
}


@pytest.fixture
async def booking(on_the_bus: Created, bus: Bus) -> AsyncIterator[Site]:
    """Booking at work on the real topics, in consumer groups that begin with this test's records."""
    site = site_of("booking", await on_the_bus("booking"), bootstrap=bus.bootstrap)
    async with site.runtime.working():
        await until(lambda: started(site))
        yield site


async def started(site: Site) -> bool:
    return not site.runtime.fault


@pytest.fixture
async def producer(bus: Bus) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=bus.bootstrap, max_request_size=4_000_000)
    await producer.start()
    yield producer
    await producer.stop()


async def parked(site: Site) -> Sequence[Any]:
    async with site.runtime.database.reading() as reading:
        return await parking.waiting(reading)


async def has_wallet(site: Site, person: BeneficiaryId) -> bool:
    async with site.runtime.database.reading() as reading:
        try:
            return bool(await queries.wallet(reading, person))
        except queries.NoSuchWallet:
            return False


async def send(producer: AIOKafkaProducer, said: Headers, body: bytes | None, key: str = "") -> None:
    """All on one partition: it must go on."""
    key = key or str(uuid4())
    await producer.send_and_wait(TOPIC, body, key=key.encode(), headers=[*said], partition=0)


async def say_event(producer: AIOKafkaProducer, event: Event) -> None:
    await send(producer, headers(event), event.body, event.key)


async def test_poison_is_parked_or_ignored_and_the_partition_goes_on(booking: Site, producer: AIOKafkaProducer) -> None:
    for said, body in (*PARKED.values(), *IGNORED.values()):
        await send(producer, said, body)
    person = BeneficiaryId(uuid7())
    await say_event(producer, prescribed(person))
    await until(lambda: has_wallet(booking, person))
    mine = [row for row in await parked(booking) if row.topic == TOPIC]
    assert len(mine) >= len(PARKED)
    assert {row.body for row in mine} >= {body for _, body in PARKED.values()}
    assert None not in {row.body for row in mine}
    async with asking(booking.application(), ADMINISTRATOR) as admin:
        page = (await admin.get("/booking/etat")).text
    for why in ("en-tête illisible", "ce_id absent", "ce_id illisible", "ce_type absent", "rank", "corps"):
        assert why in page


async def test_a_body_of_two_megabytes_is_refused_before_it_is_said_and_by_the_broker(
    booking: Site, producer: AIOKafkaProducer
) -> None:
    huge = BookCancelled(book_id=BOOK.book_id, beneficiary_id=BOOK.beneficiary_id, reason="x" * 2_000_000)

    async def say_it(tx: Transaction) -> None:
        outbox.publish(tx, huge)

    with pytest.raises(outbox.EventTooLarge):
        await booking.runtime.database.transact(say_it)
    with pytest.raises(MessageSizeTooLargeError):
        await say_event(producer, huge)


async def test_a_person_replays_by_page_once_the_cause_is_mended(booking: Site, producer: AIOKafkaProducer) -> None:
    cancelled, later, book = await out_of_order(booking, producer)
    async with asking(booking.application(), ADMINISTRATOR) as admin:
        refused = await admin.post(f"/booking/etat/messages/{cancelled}/rejouer")
        assert refused.status_code == 409
        assert "ne passe toujours pas" in refused.text
        await mend(booking, producer, book)
        for number in (cancelled, later):
            assert (await admin.post(f"/booking/etat/messages/{number}/rejouer")).status_code == 303
        assert f"/booking/etat/messages/{later}/ecarter" not in (await admin.get("/booking/etat")).text


async def test_core_09_a_person_reads_which_message_comes_first(booking: Site, producer: AIOKafkaProducer) -> None:
    cancelled, later, _ = await out_of_order(booking, producer)
    async with asking(booking.application(), ADMINISTRATOR) as admin:
        page = (await admin.get("/booking/etat")).text
        refused = await admin.post(f"/booking/etat/messages/{later}/rejouer")
    assert f"Suit le n° {cancelled}." in page
    assert f"/booking/etat/messages/{cancelled}/rejouer" in page
    assert f"/booking/etat/messages/{later}/rejouer" not in page
    assert refused.status_code == 409
    assert f"écartez d&#39;abord le message {cancelled}" in refused.text


async def test_a_person_replays_by_command_once_the_cause_is_mended(
    booking: Site, producer: AIOKafkaProducer, command: Command
) -> None:
    cancelled, later, book = await out_of_order(booking, producer)
    listed = await command("parked")
    assert f"{cancelled}\t{TOPIC}[0]" in listed.stdout
    refused = await command("replay", str(cancelled))
    assert refused.returncode == 1
    assert "ne passe toujours pas" in refused.stderr
    early = await command("replay", str(later))
    assert early.returncode == 1
    assert f"d'abord le message {cancelled}" in early.stderr
    both = await command("replay", str(cancelled), str(later))
    assert (both.returncode, both.stdout) == (1, "")
    assert "ne passe toujours pas" in both.stderr
    assert f"d'abord le message {cancelled}" in both.stderr, "the first holds up none behind it"
    await mend(booking, producer, book)
    done = await command("replay", str(cancelled), str(later))
    assert (done.returncode, done.stdout) == (0, f"message {cancelled} rejoué\nmessage {later} rejoué\n")
    again = await command("discard", str(cancelled))
    assert again.returncode == 1
    acts = await acts_about(booking, later)
    assert acts == [("message_replayed", "commande replay", "administrator")] * 3


async def acts_about(site: Site, parked_id: int) -> list[tuple[str, str, str]]:
    columns = journal.c
    query = select(columns.act, columns.agent, columns.role).where(columns.subject_id == str(parked_id))
    async with site.runtime.database.reading() as reading:
        return [(row.act, row.agent, row.role) for row in await reading.execute(query.order_by(columns.id))]


async def out_of_order(site: Site, producer: AIOKafkaProducer) -> tuple[int, int, BookPrescribed]:
    """A cancellation of a book that nobody prescribed, and another book, which waits behind it."""
    book = prescribed(BeneficiaryId(uuid7()))
    await say_event(producer, BookCancelled(book_id=book.book_id, beneficiary_id=book.beneficiary_id, reason="perdu"))
    await say_event(producer, prescribed(book.beneficiary_id))

    async def both() -> Sequence[Any]:
        mine = [row for row in await parked(site) if row.key == book.key.encode()]
        return mine if len(mine) == 2 else ()

    first, second = await until(both)
    return first.id, second.id, book


async def mend(site: Site, producer: AIOKafkaProducer, book: BookPrescribed) -> None:
    """Prescribe the book after all, under a key of which nothing waits."""
    await send(producer, headers(book, ce_partitionkey=None), book.body)
    await until(lambda: has_wallet(site, book.beneficiary_id))


@pytest.fixture
def command(booking: Site, bus: Bus, tmp_path: Path) -> Command:
    """`await command("parked")`: `python -m services.booking parked`."""
    env = {
        **os.environ,
        "PASS_DATABASE_URL": booking.runtime.database.url,
        "PASS_BUS__BOOTSTRAP": bus.bootstrap,
        "PASS_SECRET": SECRET,
        **SESSION_ENV,
        "PASS_LINK_SECRET": LINK_SECRET,
    }

    async def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        asked = [sys.executable, "-m", "services.booking", *arguments]
        return await asyncio.to_thread(answer_of, asked, env, tmp_path)

    return run
