"""PostgreSQL as a child process: killed, it comes back as soon as it can."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from threading import Timer

import asyncpg
import pytest

from deploy.local.artifacts import SOFTWARE
from deploy.local.postgres import Postgres, new_password
from deploy.local.processes import Children
from deploy.local.servers import free_ports
from tests.conftest import own_folder


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with own_folder() as folder, closing(Children()) as children:
        yield Postgres(folder / "postgres", SOFTWARE, free_ports(1)[0], new_password(), children)


async def test_a_killed_postgresql_comes_back_once_the_last_of_its_processes_has_gone(postgres: Postgres) -> None:
    postgres.start()
    first = await asyncpg.connect(postgres.dsn)
    left = await first.fetchval("SELECT pg_backend_pid()")
    os.kill(left, signal.SIGSTOP)  # as one that is busy: it does not notice that its server is gone
    Timer(1, os.kill, [left, signal.SIGCONT]).start()
    postgres.kill()
    postgres.restart()
    second = await asyncpg.connect(postgres.dsn)
    assert await second.fetchval("SELECT 1") == 1
    await second.close()
