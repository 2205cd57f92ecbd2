"""Which servers the tests use: containers when an engine holds the images, else the same from packages."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from deploy.local.servers import Servers


def chosen() -> str:
    return os.environ.get("TEST_INFRA", "local")


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Servers]:
    with Servers.started(folder) as servers:
        yield servers
