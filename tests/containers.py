"""Kafka and PostgreSQL in containers: asked, stopped and killed in the same words as the servers from packages."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.compose import images
from deploy.local.artifacts import SOFTWARE
from deploy.local.kafka import JVM, PROPERTIES, Kafka
from deploy.local.postgres import SETTINGS, Postgres, new_password
from deploy.local.processes import Children
from deploy.local.servers import SPARE, Servers, free_ports

POSTGRES = os.environ.get("TEST_POSTGRES_IMAGE", images.POSTGRES)
KAFKA = os.environ.get("TEST_KAFKA_IMAGE", images.KAFKA)
OWNER = "pass-numerique.tests"  # label: the process whose tests started the container
CLUSTER = "cGFzc051bWVyaXF1ZTAwMA"
CONTROLLER = 9093  # inside
LOCALE = "--locale-provider=builtin --locale=C.UTF-8"

testcontainers_config.ryuk_disabled = True  # its image is one more to hold; `end_what_was_left` stands in for it


class Ports(NamedTuple):
    inside: int
    here: int


def what_is_missing() -> str:
    """Nothing when the engine answers at once and holds both images."""
    try:
        engine = DockerClient(timeout=0.5).client
        missing = [image for image in (POSTGRES, KAFKA) if not holds(engine, image)]
    except (DockerException, OSError) as error:
        return f"the container engine does not answer: {error}"
    return f"the engine does not hold {' nor '.join(missing)}: python -m deploy.compose.images" if missing else ""


def holds(engine: Any, image: str) -> bool:
    try:
        engine.images.get(image)
    except ImageNotFound:
        return False
    return True


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Servers]:
    end_what_was_left()
    ports = free_ports(2 + SPARE)
    with contextlib.closing(Children()) as children, contextlib.ExitStack() as afterwards:
        kafka = KafkaInContainer(folder / "kafka", ports[0], CONTROLLER, CLUSTER, children)
        postgres = PostgresInContainer(folder / "postgres", SOFTWARE, ports[1], new_password(), children)
        afterwards.callback(kafka.inner.stop)
        afterwards.callback(postgres.inner.stop)
        with ThreadPoolExecutor() as both:
            for one in [both.submit(kafka.start), both.submit(postgres.start)]:
                one.result()
        yield Servers(children, kafka, postgres, ports[2:], new_password())


def end_what_was_left() -> None:
    """By tests that were killed before they could end their containers."""
    for container in DockerClient().client.containers.list(all=True, filters={"label": OWNER}):
        try:
            os.kill(int(container.labels[OWNER]), 0)
        except ProcessLookupError:
            container.remove(force=True, v=True)


def contained(image: str, ports: Ports, env: dict[str, str], command: Sequence[str] = ()) -> DockerContainer:
    container = DockerContainer(image, env=env).with_command(list(command))
    container.with_kwargs(labels={OWNER: str(os.getpid())}, shm_size="256m")
    container.ports[str(ports.inside)] = ("127.0.0.1", ports.here)  # type: ignore[assignment]  # the engine takes it
    return container


class Contained:
    """A server in a container, which keeps its port and its data when it is killed and started again."""

    inner: DockerContainer
    starts = 0

    def ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        self.inner.start()
        self._wait()

    def restart(self) -> None:
        self.inner.get_wrapped_container().start()
        self._wait()

    def stop(self) -> None:
        self.inner.get_wrapped_container().stop()

    def kill(self) -> None:
        self.inner.get_wrapped_container().kill()
        self.inner.wait()

    def pause(self) -> None:
        self.inner.get_wrapped_container().pause()

    def resume(self) -> None:
        self.inner.get_wrapped_container().unpause()

    def log(self) -> str:
        return "".join(part.decode(errors="replace") for part in self.inner.get_logs())

    def _wait(self, within: float = 60) -> None:
        """Raises RuntimeError with the end of the log."""
        self.starts += 1
        deadline = time.monotonic() + within
        while not self.ready():
            self.inner.reload()
            if self.inner.status == "exited" or time.monotonic() > deadline:
                raise RuntimeError(f"{self.inner.image} n'a pas démarré :\n{self.log()[-2000:]}")
            time.sleep(0.1)


@dataclass
class KafkaInContainer(Contained, Kafka):
    def __post_init__(self) -> None:
        settings = PROPERTIES.format(port=self.port, controller=self.controller_port, folder="/var/lib/kafka")
        lines = (line.partition("=") for line in settings.splitlines())
        env = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, _, value in lines}
        env["KAFKA_LISTENERS"] = f"PLAINTEXT://:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}"
        env |= {"CLUSTER_ID": self.cluster_id, "KAFKA_HEAP_OPTS": " ".join(JVM)}
        self.inner = contained(KAFKA, Ports(self.port, self.port), env)

    def ready(self) -> bool:
        return self.log().count("Kafka Server started") >= self.starts


@dataclass
class PostgresInContainer(Contained, Postgres):
    def __post_init__(self) -> None:
        env = {"POSTGRES_PASSWORD": self.password, "POSTGRES_INITDB_ARGS": LOCALE}
        settings = SETTINGS | {"listen_addresses": "*"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.inner = contained(POSTGRES, Ports(5432, self.port), env, ["postgres", *options])

    def ready(self) -> bool:
        return asyncio.run(self._answers())

    async def _answers(self) -> bool:
        try:
            await (await asyncpg.connect(self.dsn)).close()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        return True
