"""Real gateways, told by the files of `deploy/gateway`, in front of four programs that say what reached them."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.processes import Child, Children
from deploy.local.servers import ROOT, removed
from tests.gateway import caddy, nginx
from tests.gateway.upstreams import Upstreams, upstreams
from tests.waiting import until_now

Json = dict[str, Any]


@dataclass
class Gateway:
    """`child` writes the log; `client` asks it."""

    upstreams: Upstreams
    child: Child
    client: httpx.Client

    def logged(self, correlation: str) -> Json:
        """Return the line of the access log that has the correlation id, once it is there."""
        until_now(lambda: correlation in self.child.written, "the request is in the log")
        [line] = [line for line in self.lines() if line.get("correlation") == correlation]
        return line

    def lines(self) -> list[Json]:
        """Return the access log."""
        lines = [json.loads(line) for line in self.child.written.splitlines() if line.startswith("{")]
        return [line for line in lines if "correlation" in line]


@contextmanager
def started(kind: str) -> Iterator[Gateway]:
    with placed() as (folder, children, behind):
        child = STARTS[kind](children, folder, behind.urls)
        with httpx.Client(base_url=behind.urls["gateway"], trust_env=False) as client:
            yield Gateway(behind, child, client)


@contextmanager
def placed() -> Iterator[tuple[Path, Children, Upstreams]]:
    """A folder that nginx, which is «nobody» when we are root, may enter; what may be started; what is behind."""
    folder = ROOT / ".local" / f"gateway-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    try:
        with upstreams() as behind, closing(Children()) as children:
            yield folder, children, behind
    finally:
        removed(folder)


STARTS = {"caddy": caddy.start, "nginx": nginx.start}


@pytest.fixture(scope="package", params=STARTS)
def front(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """A gateway in front of services that all answer."""
    with started(request.param) as created:
        yield created


@pytest.fixture(params=STARTS)
def failing(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """One for each test, which stops services."""
    with started(request.param) as created:
        yield created
