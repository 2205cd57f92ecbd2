"""Where a person may be left: each place is counted by itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import asyncpg
import httpx
from aiokafka import ConsumerRecord

from chassis import db
from chassis.sweeping import erasures
from chassis.sweeping import text as read
from contracts.topics import TOPICS
from deploy.audit.bus import consuming, ends
from deploy.traces.sought import Sought, lowered

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
POLL_MS = 500
OF_THE_ERASURE = ", ce qui dit l'effacement"

Counts = Mapping[str, Counter[str]]
"""By place, how often each kind of trace is there."""


async def tables(service: str, url: str, wanted: Sequence[Sought]) -> Counts:
    """Rows that have it in any of their columns."""
    connection = await asyncpg.connect(db.dsn(url))
    counts: dict[str, Counter[str]] = {}
    try:
        for (table,) in await connection.fetch(TABLES):
            for trace in wanted:
                query = f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE ANY($1)'  # noqa: S608 - our own tables
                if count := await connection.fetchval(query, trace.patterns):
                    counts.setdefault(f"{service}.{table}", Counter())[trace.kind] += count
    finally:
        await connection.close()
    return counts


def metrics(urls: Mapping[str, str], wanted: Sequence[Sought]) -> Counts:
    """Raises HTTPStatusError when they can't be read: what was not looked at is not empty."""
    asked = {f"métriques de {service}": httpx.get(f"{url}/metrics") for service, url in urls.items()}
    answers = {place: answer.raise_for_status().content for place, answer in asked.items()}
    return {place: counts for place, content in answers.items() if (counts := _counted(content, wanted))}


async def topics(bootstrap: str, wanted: Sequence[Sought]) -> Counts:
    """Records that a reader is still given: by key, headers or body. Those that say an erasure count apart."""
    counts: dict[str, Counter[str]] = {}
    async with consuming({"bootstrap_servers": bootstrap}) as consumer:
        until = {place: end for place, end in (await ends(consumer)).items() if end}
        await consumer.seek_to_beginning()
        while any([await consumer.position(place) < end for place, end in until.items()]):
            for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                for record in records:
                    content = b"\n".join([record.key or b"", record.value or b"", *(v for _, v in record.headers)])
                    _add(counts, _topic(record), dict.fromkeys(_counted(content, wanted), 1))
    return counts


def _topic(record: ConsumerRecord) -> str:
    kind = read(dict(record.headers).get("ce_type")).rpartition(".")[0]
    says_it = record.value is None or kind in erasures()
    return f"sujet {record.topic}{OF_THE_ERASURE if says_it else ''}"


def segments(data: Path, wanted: Sequence[Sought]) -> Counts:
    """Bytes of Kafka's files, by topic: what nobody is given any more may lie there for a while."""
    counts: dict[str, Counter[str]] = {}
    for name in TOPICS:
        for folder in data.glob(f"{name}-*"):
            _add(counts, f"segments de {name}", _files(folder.glob("*.log*"), wanted))
    return counts


def files(place: str, paths: Iterable[Path], wanted: Sequence[Sought]) -> Counts:
    counts = _files(paths, wanted)
    return {place: counts} if counts else {}


def _files(paths: Iterable[Path], wanted: Sequence[Sought]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for path in paths:
        try:
            content = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:  # a server took it away meanwhile
            continue
        counts += _counted(content, wanted)
    return counts


def _counted(content: bytes, wanted: Sequence[Sought]) -> Counter[str]:
    small = lowered(content)
    return +Counter({trace.kind: trace.count(small) for trace in wanted})


def _add(counts: dict[str, Counter[str]], place: str, more: Mapping[str, int]) -> None:
    if more:
        counts.setdefault(place, Counter()).update(more)
