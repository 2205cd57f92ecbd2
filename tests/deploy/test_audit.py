"""The audit agrees with a county that agrees, and names each thing that was spoilt behind the services' backs."""

import ast
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from chassis import db
from deploy import audit
from deploy.audit.audit import Verdict, judged, read
from deploy.audit.bus import Event, Log, Place
from deploy.audit.facts import Facts
from deploy.audit.settings import SERVICES, SettingMissing, of_environment
from tests.databases import Databases
from tests.deploy import audit_rows, audit_world
from tests.deploy.audit_spoilt import BY_SQL, ON_THE_BUS, UNDER_WAY

Urls = Mapping[str, str]


@pytest.fixture(scope="module")
def urls(databases: Databases) -> Iterator[Urls]:
    """Of the four databases, with the rows of the small county."""

    async def made(service: str) -> str:
        url = await databases.lend(service)
        connection = await asyncpg.connect(db.dsn(url))
        await audit_rows.write(service, connection)
        await connection.close()
        return url

    lent = {service: asyncio.run(made(service)) for service in SERVICES}
    yield {service: db.dsn(url) for service, url in lent.items()}
    for service, url in lent.items():
        databases.take_back(service, url)


async def verdict(urls: Urls, events: Sequence[Event], spoilt: Mapping[str, str], log: Log | None = None) -> Verdict:
    """After `spoilt` was done to a service's database; it is undone again."""
    async with AsyncExitStack() as stack:
        connections = {}
        for service, url in urls.items():
            connections[service] = await asyncpg.connect(url)
            stack.push_async_callback(connections[service].close)
            await connections[service].execute("BEGIN")
            await connections[service].execute(spoilt.get(service, "SELECT 1"))
        world = await read(connections, Facts.of(events), audit_world.NOW)
        return judged(world, log or Log(events))


def differences(of: Verdict) -> list[str]:
    return [f"{check.name} : {difference}" for check in of.checks for difference in check.differences]


async def test_core_23_a_county_that_agrees_has_no_difference_and_is_at_rest(urls: Urls) -> None:
    agreed = await verdict(urls, audit_world.published(), {})
    assert differences(agreed) == []
    assert [*agreed.waiting] == []
    looked_at = {check.name: check.size for check in agreed.checks}
    empty = {name for name, size in looked_at.items() if not size}
    assert empty == {"fiches réunies", "avis de changement"}


@pytest.mark.parametrize("case", BY_SQL)
async def test_core_23_it_names_what_was_spoilt_in_a_database(urls: Urls, case: str) -> None:
    service, statement, expected = BY_SQL[case]
    spoilt = differences(await verdict(urls, audit_world.published(), {service: statement}))
    assert [difference for difference in spoilt if expected in difference], spoilt


@pytest.mark.parametrize("case", ON_THE_BUS)
async def test_core_23_it_names_what_was_spoilt_on_the_bus(urls: Urls, case: str) -> None:
    spoil, expected = ON_THE_BUS[case]
    spoilt = differences(await verdict(urls, spoil(audit_world.published()), {}))
    assert [difference for difference in spoilt if expected in difference], spoilt


async def test_core_23_a_record_published_again_changes_nothing(urls: Urls) -> None:
    """The relay may publish twice; the first of two with one id counts, on topics that are not compacted."""
    events = audit_world.published()
    assert (
        differences(await verdict(urls, [*events, *[one for one in events if one.topic == "booking.events"]], {})) == []
    )


@pytest.mark.parametrize("expected", UNDER_WAY)
async def test_core_23_what_is_under_way_is_said_and_no_difference(urls: Urls, expected: str) -> None:
    service, statement = UNDER_WAY[expected]
    assert [*(await verdict(urls, audit_world.published(), {service: statement})).waiting] == [expected]


async def test_core_23_a_group_that_has_not_read_everything_is_under_way(urls: Urls) -> None:
    events, last = audit_world.published(), {Place("booking.events", 2): 9}
    behind = Log(events, last, {"catalogue.booking": {Place("booking.events", 2): 7}})
    waiting = (await verdict(urls, events, {}, behind)).waiting
    assert "catalogue.booking : 3 messages pas encore appliqués" in waiting
    assert "prescription.booking : 10 messages pas encore appliqués" in waiting


def test_core_23_what_is_missing_in_the_environment_is_named() -> None:
    with pytest.raises(SettingMissing, match=r"PASS_AUDIT_CATALOGUE, PASS_BUS__BOOTSTRAP"):
        of_environment({f"PASS_AUDIT_{name.upper()}": "postgresql://x" for name in SERVICES if name != "catalogue"})


def test_core_23_it_shares_no_code_with_what_it_judges() -> None:
    """Of the contracts the names of the topics, and nothing else."""
    (folder,) = audit.__path__
    imported = {
        node.module or ""
        for path in Path(folder).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    ours = {name for name in imported if name.partition(".")[0] in {"chassis", "services", "contracts", "deploy"}}
    assert {name for name in ours if not name.startswith("deploy.audit")} == {"contracts.topics"}
