"""The servers are pinned to what was the newest of their line, and a pin that nobody looks at is named."""

import warnings
from datetime import date, timedelta

import asyncpg

from deploy.compose import images
from deploy.local.artifacts import all_pins, old_pins, version_of
from deploy.local.servers import Servers

TODAY = date.today()  # noqa: DTZ011 - a day more or less is nothing to a year


def versions(group: str) -> set[str]:
    return {pin.artifact.split(":")[2] for pin in all_pins() if pin.artifact.startswith(group)}


def numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_core_27_all_parts_of_a_server_are_of_one_version() -> None:
    for group in ("org.apache.kafka:", "io.zonky.test.postgres:", "org.apache.logging.log4j:"):
        assert len(versions(group)) == 1, group


def test_core_27_the_faults_of_servers_that_newer_patch_releases_mend_are_not_ours() -> None:
    for name, mended in {
        "embedded-postgres-binaries": "18.6.0",
        "kafka_2.13": "4.3.1",
        "jackson-databind": "2.21.8",
    }.items():
        assert numbers(version_of(name)) >= numbers(mended), name


async def test_core_27_the_server_that_runs_is_the_one_that_is_pinned(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres.dsn)
    running = await connection.fetchval("SHOW server_version")
    await connection.close()
    assert version_of("embedded-postgres-binaries") == f"{running}.0"
    assert images.POSTGRES.endswith(f":{running}.0")


def test_core_27_a_pin_that_nobody_has_looked_at_since_a_year_is_named() -> None:
    """Only named: an old checkout must not turn red by the calendar."""
    old = old_pins(TODAY)
    if old:
        warnings.warn(
            f"look for newer versions, then write the day into artifacts.json: {', '.join(old)}", stacklevel=1
        )
    chosen = [pin.artifact for pin in all_pins() if pin.newest_on]
    assert len(chosen) == 7
    assert old_pins(date.max) == chosen
    assert old_pins(date.fromisoformat(all_pins()[-1].newest_on) + timedelta(days=365)) == []
