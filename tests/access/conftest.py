from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from fastapi import FastAPI

from tests.access.matrix import superusers
from tests.access.measured import Measuring
from tests.access.worlds import world_of
from tests.conftest import Created
from tests.databases import Databases

Worlds = Callable[[str], Awaitable[tuple[FastAPI, Measuring]]]


@pytest.fixture
async def worlds(migrated: Created, databases: Databases) -> AsyncIterator[Worlds]:
    """`await worlds("booking")`: that service with its objects and those who ask for them."""
    async with AsyncExitStack() as stack:

        async def made(service: str) -> tuple[FastAPI, Measuring]:
            url = await migrated(service)
            return await stack.enter_async_context(world_of(service, url, superusers(databases, url)))

        yield made
