"""The drill: under load Kafka is put back, and docs/operate/restore.md says what to do; then the audit.

Minutes long: `make drills` does it.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.servers import ROOT
from tests.chaos.cluster import Cluster
from tests.chaos.outcome import arrived
from tests.put_back import copied, put_back
from tests.restore.test_drills import LIVES_FOR, SERVICES, Drill, agreed, cluster, drill, under_load

__all__ = ["cluster"]

SOON = 30.0  # seconds, for an audit that can't find all at rest


async def lost(drill: Drill, folder: Path) -> str:
    """The moment since which Kafka has lost everything; no instance runs."""
    kafka = drill.cluster.system.servers.kafka
    copy = await asyncio.to_thread(copied, kafka, folder)
    since = datetime.now(UTC).isoformat(timespec="seconds")
    await asyncio.sleep(LIVES_FOR)
    for service in SERVICES:
        await drill.stopped(service)
    await asyncio.to_thread(put_back, kafka, copy)
    return since


async def each(drill: Drill, *asked: str) -> None:
    for service in SERVICES:
        sys.stdout.write(await drill.command(service, *asked))


async def started(drill: Drill) -> None:
    for service in SERVICES:
        await drill.started(service)


@drill
@pytest.mark.timeout(1200)
async def test_core_24_what_kafka_lost_under_load_is_whole_again(cluster: Cluster, tmp_path: Path) -> None:
    async with under_load(cluster) as drill:
        since = await lost(drill, tmp_path)
        began = time.monotonic()
        for command in ("republish", "rehear"):
            await each(drill, command, "--since", since)
        sys.stdout.write(f"published again in {time.monotonic() - began:.1f} s\n")
        await started(drill)
    assert await agreed(cluster) == {"under way": [], "differences": []}
    received = await arrived(cluster.system)
    assert not received.doubled
    await cluster.close()


@drill
@pytest.mark.timeout(1200)
async def test_core_24_without_republish_the_audit_names_what_kafka_lost(cluster: Cluster, tmp_path: Path) -> None:
    """The control: services that are only started again wait for the procedure."""
    async with under_load(cluster) as drill:
        await lost(drill, tmp_path)
        for service in SERVICES:
            await drill.begun(service)
    found = await agreed(cluster, SOON)
    sys.stdout.write(f"{len(found['differences'])} differences, such as {found['differences'][:3]}\n")
    assert found["differences"]
    await cluster.close()


def test_the_drill_is_the_guide() -> None:
    """Its commands stand there, in this order."""
    guide = (
        (Path(ROOT) / "docs" / "operate" / "restore.md").read_text().partition("## Kafka has lost its last minutes")[2]
    )
    places = [guide.index(f"python -m services.prescription {command} --since") for command in ("republish", "rehear")]
    assert guide.index("**Stop**") < places[0] < places[1] < guide.index("**Start**") < guide.index("**Audit**")
