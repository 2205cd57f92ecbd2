"""As in life: TLS, SCRAM and the least permissions on the bus, TLS and the role that serves at the database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from sqlalchemy import text

from chassis import outbox
from chassis.bus import Bus
from chassis.db import Transaction, dsn
from chassis.site import Site
from contracts.accounts import AccountChanged
from contracts.agents import AgentStated
from contracts.booking import BookingCopyAnswered
from contracts.catalogue import CatalogueCopyAnswered
from contracts.copies import CopyAnswered
from contracts.erasure import ServiceName
from contracts.event import Event
from contracts.evolution import place_of
from contracts.ids import BeneficiaryId, NoticeId, uuid7
from contracts.notifications import NoticeFailed, NotificationsCopyAnswered
from contracts.prescription import CopyRequested
from contracts.topics import TOPICS
from deploy.kafka.consumed import consumed
from tests.actors import MEDIATOR, asking
from tests.booking.events import TOMORROW, in_post, prescribed, registered_in_crest, scheduled, stated
from tests.secured.conftest import Secured
from tests.secured.servers import Certificates
from tests.sites import SERVICES
from tests.waiting import PATIENCE, until

COPIES: dict[ServiceName, type[CopyAnswered]] = {
    "booking": BookingCopyAnswered,
    "catalogue": CatalogueCopyAnswered,
    "notifications": NotificationsCopyAnswered,
}


@asynccontextmanager
async def at_work(site: Site) -> AsyncIterator[Site]:
    """Until it is ready; its end is waited for, too, and not for ever."""
    working = site.runtime.working()
    await working.__aenter__()
    try:
        await until(lambda: begun(site), "it works")
        yield site
    finally:
        async with asyncio.timeout(PATIENCE):
            await working.__aexit__(None, None, None)


async def begun(site: Site) -> bool:
    return not site.runtime.shape and not site.runtime.fault


async def fault(site: Site) -> str:
    """Why it does not begin; nothing while it has not tried."""
    faults = (site.runtime.shape, site.runtime.fault)
    return next((one for one in faults if one and one != "démarrage en cours"), "")


async def publish(site: Site, *events: Event) -> None:
    async def work(tx: Transaction) -> None:
        outbox.publish(tx, *events)

    await site.runtime.database.transact(work)


async def one(site: Site, query: str) -> object:
    async with site.runtime.database.reading() as reading:
        return await reading.scalar(text(query))


async def test_core_26_events_of_each_topic_reach_their_readers_with_the_least_rights(secured: Secured) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled(TOMORROW + timedelta(days=1))
    async with AsyncExitStack() as stack:
        sites = {name: secured.site(name) for name in SERVICES}
        await asyncio.gather(*(stack.enter_async_context(at_work(site)) for site in sites.values()))
        await publish(sites["catalogue"], *in_post(), session)
        await publish(sites["prescription"], registered_in_crest(person), prescribed(person), stated(person))
        known = "SELECT count(*) FROM files JOIN people USING (beneficiary_id), sessions"
        await until(lambda: one(sites["booking"], known), "booking knows person and session")
        async with asking(sites["booking"].application(), MEDIATOR) as mediator:
            await mediator.post(f"/api/booking/files/{person}/accept", json={})
            wish = {"session_id": str(session.session_id), "beneficiary_id": str(person)}
            assert (await mediator.post("/api/booking/bookings", json=wish)).status_code == 201
        planned = "SELECT count(*) FROM notices WHERE kind = 'booking_confirmed'"
        await until(lambda: one(sites["notifications"], planned), "a confirmation is planned")
        await publish(sites["notifications"], failed(person))
        await copy_asked_and_answered(sites, person)
        for name, topics in consumed().items():
            heard = {topic.name for topic in topics}
            await until(lambda name=name, heard=heard: has_heard(sites[name], heard), f"{name} has heard {heard}")  # type: ignore[misc]
            assert await one(sites[name], "SELECT count(*) FROM parked") == 0
            assert await one(sites[name], "SELECT current_user") == f"{name}_serves"


async def copy_asked_and_answered(sites: Mapping[str, Site], person: BeneficiaryId) -> None:
    """The question as it stands in the contracts, news of an agent, and answers about a copy that is nobody's here."""
    asked = [example(kind) for kind in (CopyRequested, AccountChanged, AgentStated)]
    await publish(sites["prescription"], *asked)
    for service, kind in COPIES.items():
        answer = kind(copy_id=uuid7(), beneficiary_id=person, service=service, part=1, parts=1, sealed="")
        await publish(sites[service], answer)


def example(kind: type[Event]) -> Event:
    return kind.model_validate_json(place_of(kind, "examples").read_text(encoding="utf-8"))


def failed(person: BeneficiaryId) -> NoticeFailed:
    return NoticeFailed(
        notice_id=NoticeId(uuid7()),
        beneficiary_id=person,
        booking_id=None,
        kind="book_prescribed",
        channel="sms",
        failure="permanent",
        reason="numéro inconnu",
    )


async def has_heard(site: Site, topics: set[str]) -> bool:
    async with site.runtime.database.reading() as reading:
        return topics <= {*await reading.scalars(text("SELECT topic FROM positions WHERE next > 0"))}


async def read(bus: Bus, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(topic, group_id=group, **bus.client())
    try:
        await consumer.start()
        await asyncio.wait_for(consumer.getmany(timeout_ms=200), PATIENCE)
    finally:
        await consumer.stop()


async def write(bus: Bus, topic: str) -> None:
    producer = AIOKafkaProducer(**bus.client())
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"{}")
    finally:
        await producer.stop()


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("catalogue", "prescription.contacts"),
        ("partner", "prescription.contacts"),
        ("notifications", "booking.copies"),
        ("partner", "booking.copies"),
    ],
)
async def test_rule_26_names_and_telephones_are_read_by_no_other_user(secured: Secured, user: str, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await read(secured.kafka.bus(user), topic, f"{user}.mine")


@pytest.mark.parametrize("user", [*SERVICES, "partner"])
async def test_core_26_nobody_writes_what_is_not_their_own(secured: Secured, user: str) -> None:
    for topic in TOPICS:
        if not topic.startswith(f"{user}."):
            with pytest.raises(TopicAuthorizationFailedError):
                await write(secured.kafka.bus(user), topic)


async def test_core_26_a_partner_reads_what_is_open_in_groups_of_its_own(secured: Secured) -> None:
    await read(secured.kafka.bus("partner"), "booking.events", "partner.mine")
    with pytest.raises(GroupAuthorizationFailedError):
        await read(secured.kafka.bus("partner"), "booking.events", "booking.prescription")


Wrong = Callable[[Secured, Path], Site]


def others_ca(folder: Path) -> str:
    return str(Certificates(folder).file)


WRONG: dict[str, tuple[Wrong, str]] = {
    "user without permission": (lambda to, _: to.site("booking", bus=to.kafka.bus("catalogue")), "Authorization"),
    "wrong password": (
        lambda to, _: to.site("booking", bus=to.kafka.bus("booking", password="another")),
        "invalid credentials",
    ),
    "Kafka's CA unknown": (
        lambda to, folder: to.site("booking", bus=to.kafka.bus("booking", ca_file=others_ca(folder))),
        "CERTIFICATE_VERIFY_FAILED",
    ),
    "wrong password at the database": (
        lambda to, _: to.site("booking", url=to.databases["booking"].replace(to.postgres.password, "another")),
        "password authentication failed",
    ),
    "the database's CA unknown": (
        lambda to, folder: to.site(
            "booking",
            url=to.databases["booking"].replace(str(to.postgres.certificates.file), others_ca(folder)),
        ),
        "CERTIFICATE_VERIFY_FAILED",
    ),
    "the database without TLS": (
        lambda to, _: to.site("booking", url=to.databases["booking"].replace("verify-full", "disable")),
        "no encryption",
    ),
}


@pytest.mark.parametrize("what", WRONG)
async def test_core_26_who_is_refused_waits_and_says_why(secured: Secured, tmp_path: Path, what: str) -> None:
    wrong, sentence = WRONG[what]
    site = wrong(secured, tmp_path)
    async with site.runtime.working():
        assert sentence in await until(lambda: fault(site), what)


@pytest.mark.parametrize("statement", ["DELETE FROM ledger", "DROP TABLE ledger"])
async def test_core_26_who_serves_over_tls_takes_no_line_back(secured: Secured, statement: str) -> None:
    connection = await asyncpg.connect(dsn(secured.databases["booking"]))
    assert await connection.fetchval("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement)
    await connection.close()
