"""The rules of the house, each a question to the sources that answers with what breaks it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contracts.event import Event
from contracts.topics import TOPICS
from deploy.local.servers import ROOT

ROOMS = ("contracts", "chassis", "county", "services", "deploy")
LONGEST_FILE, LONGEST_FUNCTION, MOST_PARAMETERS = 300, 25, 5
EVENTS: dict[str, type[Event]] = {event.__name__: event for topic in TOPICS.values() for event in topic.events}


@dataclass(frozen=True)
class Source:
    """One file, parsed. `path` is from the root of the repository."""

    path: str
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        return cls(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def service(self) -> str:
        parts = self.path.split("/")
        return parts[1] if parts[0] == "services" else ""

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return (node for node in ast.walk(self.tree) if isinstance(node, kinds))


def sources(*rooms: str) -> list[Source]:
    return [Source.read(path) for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def called(call: ast.Call) -> str:
    """«commit» for `tx.commit()`, «AIOKafkaProducer» for `AIOKafkaProducer()`."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case _:
            return ""


def calls_only_in(source: Source, names: set[str], *homes: str) -> Iterator[str]:
    """Of the rooms that run in production."""
    if source.path not in homes and not source.path.startswith("deploy/"):
        yield from (f"{source.path}:{call.lineno} {called(call)}" for call in source.calls() if called(call) in names)


def only_db_commits(source: Source) -> Iterator[str]:
    yield from calls_only_in(
        source,
        {"commit", "begin", "sessionmaker", "async_sessionmaker"},
        "chassis/db.py",
        "chassis/migration.py",
        "chassis/cluster.py",  # offsets of Kafka
    )


def only_relay_publishes(source: Source) -> Iterator[str]:
    yield from calls_only_in(source, {"AIOKafkaProducer", "publish_batch", "publisher"}, "chassis/relay.py")


def only_broker_subscribes(source: Source) -> Iterator[str]:
    yield from calls_only_in(source, {"AIOKafkaConsumer", "KafkaBroker", "subscriber"}, "chassis/broker.py")


def only_the_clock_knows_the_time(source: Source) -> Iterator[str]:
    """The launcher lives in real time; ids and measurements are not times of the domain."""
    if source.path in {"chassis/clock.py", "contracts/ids.py"} or source.path.startswith("deploy/"):
        return
    for call in source.calls():
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if (
            called(call) in {"now", "utcnow", "today"}
            and isinstance(owner, ast.Name)
            and owner.id in {"datetime", "date"}
        ):
            yield f"{source.path}:{call.lineno} {owner.id}.{called(call)}"


def each_says_its_own(source: Source) -> Iterator[str]:
    """An event is made by the service that owns its topic, and by nobody else."""
    for call in source.calls():
        event = EVENTS.get(called(call)) if isinstance(call.func, ast.Name) else None
        if event and source.service and source.service != event.source.removeprefix("/"):
            yield f"{source.path}:{call.lineno} {event.__name__}"


def models_do_no_io(source: Source) -> Iterator[str]:
    room = source.path.split("/")[2:3]
    if source.service and room and room[0].removesuffix(".py") == "model":
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                yield f"{source.path}:{node.lineno} async"
            if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy.ext.asyncio":
                yield f"{source.path}:{node.lineno} {node.module}"


def consumers_set_the_correlation(source: Source) -> Iterator[str]:
    """What is published because of an event carries its correlation: the first thing that a loop over events sets."""
    if source.service and source.path.endswith("/consumers.py"):
        for loop in (node for node in ast.walk(source.tree) if isinstance(node, ast.For)):
            matches = any(isinstance(node, ast.Match) for node in loop.body)
            first = f"telemetry.set_correlation({ast.unparse(loop.target)}.correlation_id)"
            if matches and ast.unparse(loop.body[0]) != first:
                yield f"{source.path}:{loop.lineno} matches an event before its correlation is set"


def small(source: Source) -> Iterator[str]:
    """Migrations are SQL as it is; the first of a service may be long."""
    if "/migrations/" in source.path:
        return
    if (lines := source.text.count("\n")) > LONGEST_FILE:
        yield f"{source.path} has {lines} lines"
    for function in source.functions():
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield f"{source.path}:{function.lineno} {function.name} has {length} lines"


def heard() -> set[str]:
    """The events that some service does something about: a `case` whose body is not `pass`."""
    found: set[str] = set()
    for path in (*(ROOT / "services").glob("*/consumers.py"), ROOT / "chassis" / "sign_ins.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.match_case) and not isinstance(node.body[0], ast.Pass):
                found |= {
                    one.cls.id
                    for one in ast.walk(node.pattern)
                    if isinstance(one, ast.MatchClass) and isinstance(one.cls, ast.Name)
                }
    return found
