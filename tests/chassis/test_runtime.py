"""A service whose work ended by a fault ends as a whole: pages alone would look well and do nothing."""

import asyncio

import pytest
from sqlalchemy import text

from chassis import runtime
from chassis.runtime import Runtime
from tests.conftest import Created
from tests.sites import SERVICES, site_of
from tests.waiting import PATIENCE, until


async def begun(migrated: Created) -> tuple[Runtime, asyncio.Event]:
    site = site_of("booking", await migrated("booking"))
    given_up = asyncio.Event()
    site.runtime.give_up = given_up.set
    return site.runtime, given_up


async def test_a_fault_that_nobody_waits_for_ends_the_service_and_says_why(
    migrated: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise FileNotFoundError("ca.pem")

    monkeypatch.setattr(runtime, "consuming_broker", broken)
    service, given_up = await begun(migrated)
    async with service.working():
        await asyncio.wait_for(given_up.wait(), PATIENCE)
        assert "ca.pem" in service.fault


async def serves(service: Runtime) -> bool:
    return not service.shape


async def test_an_ordinary_end_gives_nothing_up(migrated: Created) -> None:
    service, given_up = await begun(migrated)
    async with service.working():
        await until(lambda: serves(service), "it may get requests")
    assert not given_up.is_set()


SETTLED = text("""
    INSERT INTO parked (topic, partition, "offset", key, header_names, header_values, body, error, state, settled_at)
    VALUES ('t', 0, 0, 'k', '{n}', '{v}', 'Ahmed', 'Ahmed', 'discarded', now() - interval '8 days')
""")


@pytest.mark.parametrize("service", SERVICES)
async def test_core_13_every_service_forgets_what_its_settled_messages_said(migrated: Created, service: str) -> None:
    work = site_of(service, await migrated(service)).runtime
    await work.database.transact(lambda tx: tx.execute(SETTLED))

    async def forgotten() -> bool:
        async with work.database.reading() as reading:
            return not await reading.scalar(text("SELECT count(*) FROM parked WHERE body IS NOT NULL OR error <> ''"))

    assert not await forgotten()
    async with work.working():
        await until(forgotten)
