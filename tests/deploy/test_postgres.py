"""PostgreSQL as a child process: killed, it comes back as soon as it can."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from threading import Timer
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.postgres import Postgres, new_password
from deploy.local.processes import Children
from deploy.local.servers import ROOT, SOFTWARE, free_ports, removed


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    folder = ROOT / ".local" / f"tests-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        with closing(Children()) as children:
            yield Postgres(folder / "postgres", SOFTWARE, free_ports(1)[0], new_password(), children)
    finally:
        removed(folder)


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
