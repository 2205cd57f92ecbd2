"""What watches a service is asked on a port of its own; the public one tells nothing of hosts, figures or programs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.web.middleware import WATCHED
from deploy.local.servers import ROOT, free_ports
from tests.actors import SECRET, SESSION_ENV
from tests.sites import NOWHERE, SERVICES, site_of
from tests.waiting import PATIENCE, until

INTERNAL = 9000


async def asked(service: str, port: int, path: str, **settings: Any) -> httpx.Response:
    transport = httpx.ASGITransport(site_of(service, **settings).application())
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
        return await client.get(path, headers={"Host": f"127.0.0.1:{INTERNAL}", "X-Forwarded-Port": str(INTERNAL)})


@pytest.mark.parametrize("path", sorted(WATCHED))
@pytest.mark.parametrize("service", SERVICES)
async def test_walls_08_strangers_are_told_nothing_on_the_public_port(service: str, path: str) -> None:
    ways: tuple[dict[str, Any], ...] = (
        {"local": False},
        {"local": False, "internal_port": INTERNAL},
        {"internal_port": INTERNAL},
    )
    for settings in ways:
        answer = await asked(service, 8000, path, **settings)
        assert (answer.status_code, answer.text) == (404, "404")


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_08_the_internal_port_tells_how_it_does_and_shows_no_page(service: str) -> None:
    inside: dict[str, Any] = {"local": False, "internal_port": INTERNAL}
    answers = {path: (await asked(service, INTERNAL, path, **inside)).status_code for path in (*WATCHED, "/livez")}
    assert answers == {"/readyz": 503, "/statusz": 503, "/metrics": 200, "/livez": 200}
    for path in ("/", "/cookies", f"/{service}/etat", f"/api/{service}/openapi.json", "/static/1/pass.css"):
        assert (await asked(service, INTERNAL, path, **inside)).status_code == 404


async def test_walls_08_on_one_machine_the_only_port_tells_it() -> None:
    """Control."""
    assert (await asked("booking", 8000, "/readyz")).status_code == 503


@contextmanager
def running(port: int, internal: int, log: Path) -> Iterator[None]:
    """As in life, with nothing behind it; `log` has what it writes."""
    told = {
        "PASS_DATABASE_URL": NOWHERE, "PASS_BUS__BOOTSTRAP": "127.0.0.1:1", "PASS_SECRET": SECRET, **SESSION_ENV,
        "PASS_PORT": str(port), "PASS_INTERNAL_PORT": str(internal), "PASS_DRAIN": "0",
    }  # fmt: skip
    command = [sys.executable, "-m", "services.catalogue", "serve"]
    with log.open("wb") as output:
        how: dict[str, Any] = {"cwd": ROOT, "env": {**os.environ, **told}, "stdout": output, "stderr": output}
        process = subprocess.Popen(command, **how)  # noqa: S603 - our own
    try:
        yield
    finally:
        process.kill()
        process.wait()


async def test_walls_08_a_program_listens_at_both_doors_and_does_not_say_what_it_is(tmp_path: Path) -> None:
    port, internal = free_ports(2)
    with running(port, internal, tmp_path / "log"):
        async with httpx.AsyncClient(timeout=PATIENCE) as client:

            async def alive() -> bool:
                try:
                    return (await client.get(f"http://127.0.0.1:{internal}/livez")).is_success
                except httpx.TransportError:
                    return False

            await until(alive, "the internal port answers")
            inside = await client.get(f"http://127.0.0.1:{internal}/readyz")
            outside = [await client.get(f"http://127.0.0.1:{port}{path}") for path in (*WATCHED, "/espaces")]
    assert inside.json()["ready"] is False
    assert [answer.status_code for answer in outside] == [404, 404, 404, 503]
    assert [answer.headers.get("server") for answer in (inside, *outside)] == [None] * 5
    entries = [json.loads(line) for line in (tmp_path / "log").read_text(encoding="utf-8").splitlines()]
    assert entries, "nothing but entries of the log is written"
