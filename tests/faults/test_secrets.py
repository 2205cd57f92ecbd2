"""Services whose shared secrets differ say so, each by itself, and which."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.web.tokens import new_key
from deploy.local.processes import Children
from deploy.local.servers import Servers, free_ports
from tests.actors import LINK_SECRET, SECRET
from tests.conftest import Created
from tests.faults.test_readiness import WORKS, environment, seen
from tests.forks import Forking

ANOTHER = "another secret, which is as long as it must be"
OTHERS = {"PASS_SESSION_KEYS": json.dumps([new_key()[1]]), "PASS_LINK_SECRET": ANOTHER}


@pytest.fixture
def children() -> Iterator[Children]:
    children = Forking()
    yield children
    children.close()


async def two(children: Children, servers: Servers, on_the_bus: Created, folder: Path, **changed: str) -> list[str]:
    """Booking and notifications, which know each other; their addresses. `changed` is what booking is told."""
    ports = free_ports(2)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    for service, port, neighbour, more in (
        ("booking", ports[0], f'{{"Messages": "{urls[1]}"}}', changed),
        ("notifications", ports[1], f'{{"Réservation": "{urls[0]}"}}', {"PASS_SMTP_HOST": "127.0.0.1"}),
    ):
        told = {"PASS_INTERNAL_NEIGHBOURS": neighbour, **more}
        env = environment(servers, await on_the_bus(service), port, **told)
        command = [sys.executable, "-m", f"services.{service}", "serve"]
        children.start(service, command, folder / f"{service}.log", env=env)
    return urls


@pytest.mark.parametrize("name", OTHERS)
async def test_core_20_a_secret_that_differs_is_red_in_both_and_named(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path, name: str
) -> None:
    booking, notifications = await two(children, servers, on_the_bus, tmp_path, **{name: OTHERS[name]})
    answer = await seen(booking, WORKS, 503, f"{name} n'est pas la même que dans le service Messages")
    await seen(notifications, WORKS, 503, f"{name} n'est pas la même que dans le service Réservation")
    (other,) = {*OTHERS} - {name}
    assert f"{other} n'est pas" not in answer
    assert OTHERS[name] not in answer


async def test_core_20_the_same_secrets_are_green_in_both(
    children: Children, servers: Servers, on_the_bus: Created, tmp_path: Path
) -> None:
    for address in await two(children, servers, on_the_bus, tmp_path):
        answer = await seen(address, WORKS, 200)
        assert SECRET not in answer
        assert LINK_SECRET not in answer
