"""Which servers the tests use: those from packages, or, when asked, the same in containers.

An engine that happens to run changes nothing: `TEST_INFRA=containers` asks for it, `auto` takes it when it holds the
images. These are `TEST_POSTGRES_IMAGE` and `TEST_KAFKA_IMAGE`, by default those that `python -m deploy.compose.images`
builds; the engine is the one at `DOCKER_HOST`, or at Docker's usual socket.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from deploy.local.servers import Servers

SOCKET = Path("/var/run/docker.sock")


class Refused(Exception):
    """What was asked for is not to be had."""


class Choice(NamedTuple):
    containers: bool
    reason: str

    def __str__(self) -> str:
        return f"{'containers' if self.containers else 'local'} ({self.reason})"


@cache
def chosen() -> Choice:
    return choice(os.environ.get("TEST_INFRA", ""), what_is_missing)


def choice(word: str, what_is_missing: Callable[[], str]) -> Choice:
    """Raises Refused when containers are forced and cannot be had, or when the word is unknown."""
    match word:
        case "" | "local":
            return Choice(containers=False, reason="TEST_INFRA=containers takes the images of a container engine")
        case "auto":
            missing = what_is_missing()
            return Choice(containers=not missing, reason=missing or "the engine holds the images")
        case "containers":
            if missing := what_is_missing():
                raise Refused(f"TEST_INFRA=containers, but {missing}")
            return Choice(containers=True, reason="TEST_INFRA=containers")
        case _:
            raise Refused(f"TEST_INFRA={word} is none of containers, local and auto")


def what_is_missing() -> str:
    """Nothing when containers can be had. Without an engine the answer comes at once."""
    host = os.environ.get("DOCKER_HOST", f"unix://{SOCKET}")
    path = host.removeprefix("unix://")
    if path == host:
        return f"the engine at {host} is not on this machine"
    if not Path(path).exists():
        return f"no container engine at {path}"
    from tests import containers  # noqa: PLC0415 - a third of a second that tests without an engine need not pay

    return containers.what_is_missing()


@contextlib.contextmanager
def started(folder: Path, *, kafka: bool = True) -> Iterator[Servers]:
    """Both servers, or PostgreSQL alone."""
    if chosen().containers:
        from tests import containers  # noqa: PLC0415 - as above

        where = containers.started(folder)
    else:
        where = Servers.started(folder, kafka=kafka)
    with where as servers:
        yield servers
