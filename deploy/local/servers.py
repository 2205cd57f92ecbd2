"""Kafka and PostgreSQL, started together in one folder; their ports and passwords survive in it."""

import contextlib
import fcntl
import json
import os
import shutil
import socket
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from contracts.ids import uuid7
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, new_password, runs_as, where
from deploy.local.processes import Children

ROOT = Path(__file__).parents[2]
SOFTWARE = ROOT / ".local" / "software"
OF_SERVERS, SPARE = 3, 6  # ports


class AlreadyRunning(RuntimeError):
    pass


@dataclass
class Servers:
    """`ports` are free ones for what runs beside the servers; `secret` is kept like the passwords."""

    children: Children
    kafka: Kafka
    postgres: Postgres
    ports: list[int]
    secret: str

    @classmethod
    @contextlib.contextmanager
    def started(cls, folder: Path, *, afresh: bool = False) -> Iterator[Self]:
        """Both run while this is open. Raises AlreadyRunning when another launcher holds the folder.

        `afresh` begins from nothing, and so does a folder whose passwords are not known.
        """
        os.umask(0o022)  # PostgreSQL, which is «nobody» when we are root, must reach what we make
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock"), contextlib.closing(Children()) as children:
            if afresh or not (folder / "servers.json").exists():
                emptied(folder)
            known = remembered(folder / "servers.json")
            ports = known["ports"]
            kafka = Kafka(folder / "kafka", ports[0], ports[1], known["cluster"], children)
            postgres = Postgres(folder / "postgres", SOFTWARE, ports[2], known["password"], children)
            with ThreadPoolExecutor() as both:
                for started in [both.submit(kafka.start), both.submit(postgres.start)]:
                    started.result()
            yield cls(children, kafka, postgres, ports[OF_SERVERS:], known["secret"])


def emptied(folder: Path) -> None:
    """All but the lock. PostgreSQL's data is not in the folder when «nobody» can't get there."""
    for path in (where(folder / "postgres", runs_as()), *folder.iterdir()):
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink(missing_ok=True)


def removed(folder: Path) -> None:
    """Nothing is left of servers that have ended."""
    if folder.exists():
        emptied(folder)
        shutil.rmtree(folder)


def remembered(path: Path) -> dict[str, Any]:
    """The same ports, cluster and password each time, unless a port was taken meanwhile.

    The cluster's name may not begin with a dash, which Kafka's own tool reads as an option: a UUIDv7 never does.
    """
    known = json.loads(path.read_text()) if path.exists() else {}
    if not known or not all(is_free(port) for port in known["ports"]):
        known = {
            "ports": free_ports(OF_SERVERS + SPARE),
            "cluster": known.get("cluster") or urlsafe_b64encode(uuid7().bytes).decode().rstrip("="),
            "password": known.get("password") or new_password(),
            "secret": known.get("secret") or new_password(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(known))
    return known


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(f"Le système tourne déjà dans {path.parent} : arrêtez-le d'abord (Ctrl-C).") from error
        yield
