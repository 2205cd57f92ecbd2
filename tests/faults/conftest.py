from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.servers import Servers
from tests.faults.world import World


@pytest.fixture(autouse=True)
def _with_kafka(kafka: Kafka) -> None:
    """These tests kill it."""


@pytest.fixture
async def world(servers: Servers, tmp_path: Path) -> AsyncIterator[World]:
    async with World.made(servers, tmp_path) as world:
        yield world
