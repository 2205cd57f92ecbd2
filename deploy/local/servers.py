"""Kafka and PostgreSQL, started together in one folder; their ports and passwords survive in it."""

import contextlib
import fcntl
import json
import os
import random
import shutil
import socket
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TextIO

from contracts.ids import uuid7
from deploy.local.artifacts import SOFTWARE
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres, new_password, runs_as, where
from deploy.local.processes import Children

ROOT = Path(__file__).parents[2]
OF_SERVERS, SPARE = 3, 7  # ports
OUR_PORTS = range(12_000, 32_000)
RESERVATIONS = Path(tempfile.gettempdir()) / f"pass-numerique-ports-{os.geteuid()}"
HELD: list[TextIO] = []


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
    def started(cls, folder: Path, *, afresh: bool = False, kafka: bool = True) -> Iterator[Self]:
        """Both run while this is open, or PostgreSQL alone.

        Raises AlreadyRunning when another launcher holds the folder. `afresh` begins from nothing, and so does a
        folder whose passwords are not known.
        """
        os.umask(0o022)  # PostgreSQL, which is «nobody» when we are root, must reach what we make
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock"), contextlib.closing(Children()) as children:
            if afresh or not (folder / "servers.json").exists():
                emptied(folder)
            known = remembered(folder / "servers.json")
            ports = known["ports"]
            broker = Kafka(folder / "kafka", ports[0], ports[1], known["cluster"], children)
            postgres = Postgres(folder / "postgres", SOFTWARE, ports[2], known["password"], children)
            with ThreadPoolExecutor() as both:
                starting = [postgres.start, broker.start] if kafka else [postgres.start]
                for started in [both.submit(start) for start in starting]:
                    started.result()
            yield cls(children, broker, postgres, ports[OF_SERVERS:], known["secret"])


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
    wanted = OF_SERVERS + SPARE
    if len(known.get("ports", ())) != wanted or not all(is_free(port) for port in known["ports"]):
        known = {
            "ports": free_ports(wanted),
            "cluster": known.get("cluster") or urlsafe_b64encode(uuid7().bytes).decode().rstrip("="),
            "password": known.get("password") or new_password(),
            "secret": known.get("secret") or new_password(),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(known))
    return known


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to outgoing connections, reserved for this process while it lives.

    Else a client that tries to reach a server which is down may be given the server's own port, and hold it.
    """
    ports: list[int] = []
    for port in random.sample(OUR_PORTS, len(OUR_PORTS)):
        if len(ports) == count:
            return ports
        if is_free(port) and reserved(port):
            ports.append(port)
    raise RuntimeError(f"{count} ports libres introuvables entre {OUR_PORTS[0]} et {OUR_PORTS[-1]}")


def reserved(port: int) -> bool:
    """Whether no other process took this port from here at the same time; the lock lasts as long as this process."""
    RESERVATIONS.mkdir(exist_ok=True)
    file = (RESERVATIONS / str(port)).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    HELD.append(file)
    return True


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
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
