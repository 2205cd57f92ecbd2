"""Makes a database that was put back to an earlier moment whole of what its own service had published since.

What that was lies on the service's own topics. The relay notes how far they are this database's, so that one that was
put back sees what it has lost. Decision 0076.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition
from sqlalchemy import delete, select

from chassis import inbox
from chassis.archive import published as archived
from chassis.broker import group_of
from chassis.cluster import Cluster
from chassis.db import Database, Reading, Transaction, any_of
from chassis.intake import Subscription
from chassis.outbox import outbox
from chassis.positions import Positions, cut, cut_back, note, reached
from chassis.refusal import Refusal
from chassis.topics import own_topics
from contracts.event import CloudEvent, Event, Headers, UnknownType, Unreadable, Withdrawn
from contracts.topics import TOPICS, Topic


class UnreadableOfOurs(Refusal):
    def __init__(self, record: ConsumerRecord, error: Unreadable) -> None:
        where = f"{record.topic}[{record.partition}] à {record.offset}"
        super().__init__(f"Le message {where} est de ce service et ne se lit pas : {error}. Rien n'a été changé.")


class WrittenBefore(Refusal):
    """An older program published it, and said less."""

    def __init__(self, event: Event) -> None:
        super().__init__(
            f"Le message {event.type} de {event.subject} vient d'une version trop ancienne pour être repris. "
            "Rien n'a été changé : appelez les développeurs."
        )


@dataclass(frozen=True)
class Lost:
    """What a database that was put back does not know, in the order of time.

    `published` by its own service; `consumed` by it, of others: its groups read that again. `answered` are the ids of
    what it consumed and published something about.
    """

    published: Sequence[CloudEvent]
    consumed: Sequence[CloudEvent]
    answered: frozenset[UUID]


Recover = Callable[[Transaction, Lost], Awaitable[Collection[UUID]]]
"""Write what was published into the service's tables. The answer is what of `consumed` is done with by that."""


@dataclass(frozen=True)
class Recovery:
    """Of one service: its database, the topics that are its own, and what it consumes."""

    database: Database
    cluster: Cluster
    service: str
    subscriptions: Sequence[Subscription]
    recover: Recover

    async def run(self, since: datetime | None = None) -> tuple[int, int]:
        """Read back what was published; how many events, and how many of those consumed are done with.

        Raises GroupIsAtWork while an instance works, UnreadableOfOurs, KafkaError.
        """
        for subscription in self.subscriptions:
            await self.cluster.check_idle(group_of(self.service, subscription.topic))
        log = await published(self.database, self.cluster, own_topics(self.service), since)
        consumed = [envelope for subscription in self.subscriptions for envelope in await self._consumed(subscription)]
        events = [*still_so(log.lost)]
        lost = Lost(in_order(events), in_order(consumed), answered(consumed, events))
        done = await self.database.transact(lambda tx: self._recover(tx, lost, log))
        return len(events), done

    async def _recover(self, tx: Transaction, lost: Lost, log: "Log") -> int:
        done = await self.recover(tx, lost)
        for topic in TOPICS:
            received = [
                envelope.id for envelope in lost.consumed if envelope.id in done and envelope.event.topic == topic
            ]
            read_back = [envelope.id for envelope in lost.published if envelope.event.topic == topic]
            await inbox.fresh(tx, topic, received + read_back)
        await tx.execute(delete(outbox).where(any_of(outbox.c.event_id, log.waiting)))
        await note_own(tx, log)
        return len(done)

    async def _consumed(self, subscription: Subscription) -> list[CloudEvent]:
        """From where this database has come; what can't be read is parked when the group reads it."""
        whole = await self.cluster.whole([subscription.topic.name])
        async with self.database.reading() as reading:
            applied = await reached(reading, [subscription.topic.name])
        edges = await self.cluster.edges(whole)
        first = {where: max(applied.get(where, 0), edges[where].first) for where in whole}
        events = []
        for record in await self.cluster.read(first, {where: edges[where].end for where in whole}):
            try:
                events.append(subscription.reader.read(record.headers, record.value))
            except (UnknownType, Unreadable):
                continue
        return events


@dataclass(frozen=True)
class Log:
    """Of a service's own topics: what its database has `lost`, what still waits in its outbox and lies there already.

    `ends` is how far they were read, `cut` what was noted beyond.
    """

    lost: Sequence[ConsumerRecord]
    waiting: frozenset[UUID]
    ends: Positions
    cut: Positions


async def note_own(tx: Transaction, log: Log) -> None:
    """Note that all that lies there is this database's. A log that Kafka has cut gives its offsets a second time."""
    for where, noted in log.cut.items():
        await cut_back(tx, where, noted, log.ends[where])
    await note(tx, log.ends)


async def published(
    database: Database, cluster: Cluster, topics: Sequence[Topic], since: datetime | None = None
) -> Log:
    """Read from where the database says that the topics are its own, or from a moment, to their ends.

    What a relay publishes at the same time is noted, or in the outbox, when the database is asked again.
    """
    whole = await cluster.whole(topic.name for topic in topics)
    async with database.reading() as reading:
        noted = await _noted(reading, topics)
    edges = await cluster.edges(whole)
    begun = {topic for topic, _ in noted}
    start = {where: noted.get(where, 0 if where.topic in begun else edges[where].end) for where in whole}
    first = await cluster.offsets_at(whole, since) if since else start
    ends = {where: edges[where].end for where in whole}
    lost_ends = cut(noted, ends)
    records = await cluster.read({where: max(first[where], edges[where].first) for where in whole}, ends)
    async with database.reading() as reading:
        noted = {} if since else await _noted(reading, topics)
        waiting = {*await reading.scalars(select(outbox.c.event_id))}
        later = [record for record in records if record.offset >= noted.get(_where(record), 0)]
        known = waiting | await _remembered(reading, later)
    lost = [record for record in later if _id(record) not in known]
    return Log(lost, frozenset(filter(None, map(_id, records))) & waiting, ends, lost_ends)


async def _remembered(reading: Reading, records: Sequence[ConsumerRecord]) -> set[UUID]:
    """Of these, what this database has published or read back before; most often it need not be asked."""
    ids = {id_ for record in records if (id_ := _id(record))}
    if not ids:
        return set()
    of_archive = await reading.scalars(select(archived.c.event_id).where(any_of(archived.c.event_id, ids)))
    return {*of_archive} | await inbox.known(reading, ids)


async def _noted(reading: Reading, topics: Sequence[Topic]) -> dict[TopicPartition, int]:
    return await reached(reading, [topic.name for topic in topics])


def _where(record: ConsumerRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _id(record: ConsumerRecord) -> UUID | None:
    """None when it has none that can be read."""
    headers: Headers = record.headers
    try:
        return UUID(dict(headers).get("ce_id", b"").decode())
    except ValueError:
        return None


def still_so(records: Sequence[ConsumerRecord]) -> Iterator[CloudEvent]:
    """Read those that were not withdrawn since. Raises UnreadableOfOurs."""
    withdrawn = {(record.topic, record.key): record.offset for record in records if record.value is None}
    for record in records:
        if record.value is None or record.offset > withdrawn.get((record.topic, record.key), -1):
            with suppress(Withdrawn):
                yield ours(record)


def ours(record: ConsumerRecord) -> CloudEvent:
    """Raises Withdrawn, and UnreadableOfOurs: also for a type that a newer version has published."""
    try:
        return TOPICS[record.topic].reader.read(record.headers, record.value)
    except Withdrawn:
        raise
    except UnknownType as error:
        raise UnreadableOfOurs(record, Unreadable(f"type inconnu {error}")) from error
    except Unreadable as error:
        raise UnreadableOfOurs(record, error) from error


def in_order(events: Iterable[CloudEvent]) -> list[CloudEvent]:
    """Sort by time; those of one transaction topic by topic, so that a record comes before its contact."""
    place = {topic: number for number, topic in enumerate(TOPICS)}
    return sorted(events, key=lambda envelope: (envelope.time, place[envelope.event.topic]))


def answered(consumed: Sequence[CloudEvent], published: Sequence[CloudEvent]) -> frozenset[UUID]:
    """Find what was consumed and something later was published about: in its correlation, with an id in common."""
    threads: defaultdict[str, list[CloudEvent]] = defaultdict(list)
    for envelope in published:
        threads[envelope.correlation_id].append(envelope)
    return frozenset(
        envelope.id
        for envelope in consumed
        if envelope.correlation_id
        and any(
            answer.time >= envelope.time and {*ids_of(answer.event)} & {*ids_of(envelope.event)}
            for answer in threads[envelope.correlation_id]
        )
    )


def ids_of(event: Event) -> Iterator[UUID]:
    return (value for value in event.__dict__.values() if isinstance(value, UUID))
