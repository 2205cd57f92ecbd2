"""Which database this is, and how far it has applied each log: a consumer group belongs to one database.

Two databases that read in one group would share its events, and each would lose what the other read. So the identity
of the database, made by its first migration, is noted in Kafka beside the groups; and each batch notes its position in
its own transaction, so that a database which was put back to an earlier moment is behind its groups, and says so.
An instance of an older version notes no position, but what it has applied is in the inbox. Decision 0074.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition

from chassis import inbox, recovery
from chassis.broker import group_of
from chassis.cluster import Cluster
from chassis.db import Database
from chassis.intake import Subscription
from chassis.positions import LogCutBack, Positions, cut, identity, note, reached, set_back
from contracts.event import CloudEvent, UnknownType, Unreadable
from contracts.topics import Topic


class NotThisDatabase(RuntimeError):
    """The consumer groups of the service are not this database's: it may neither read nor publish."""


class AnotherDatabase(NotThisDatabase):
    def __init__(self, service: str, ours: UUID, theirs: str) -> None:
        super().__init__(
            f"cette base ({ours}) n'est pas celle à laquelle Kafka lie les groupes de {service} ({theirs}) : vérifiez "
            "PASS_DATABASE_URL. Si la base a changé exprès, arrêtez toutes les instances et lancez «bind»"
        )


class BehindItsGroups(NotThisDatabase):
    def __init__(self, behind: Positions) -> None:
        ahead = ", ".join(
            f"{where.topic}[{where.partition}] à {following}" for where, following in sorted(behind.items())
        )
        super().__init__(
            f"cette base est plus ancienne que ce que ses groupes ont lu ({ahead}) : elle a été ramenée en arrière. "
            "Arrêtez toutes les instances et lancez «rehear» : ce qui manque sera lu de nouveau"
        )


class BehindItsTopics(NotThisDatabase):
    def __init__(self, lost: Sequence[ConsumerRecord]) -> None:
        topics = ", ".join(sorted({record.topic for record in lost}))
        super().__init__(
            f"cette base est plus ancienne que ce qu'elle a publié ({len(lost)} messages de {topics}) : elle a été "
            "ramenée en arrière. Arrêtez toutes les instances et lancez «recover» : ce qui manque sera repris"
        )


class Binding:
    """Between a service's database, its consumer groups for what it consumes, and the topics that are its own."""

    def __init__(
        self,
        database: Database,
        cluster: Cluster,
        service: str,
        subscriptions: Sequence[Subscription],
        own: Sequence[Topic] = (),
    ) -> None:
        self.database, self.cluster, self.service, self.own = database, cluster, service, own
        self.topics = [subscription.topic for subscription in subscriptions]
        self.readers = {subscription.topic.name: subscription.reader for subscription in subscriptions}
        self.marker = f"{service}.database"  # a group that reads nothing: what it commits is who we are

    async def verify(self) -> None:
        """Bind groups that nobody is bound to.

        Raises AnotherDatabase, BehindItsGroups, BehindItsTopics, LogCutBack, KafkaError.
        """
        log = await self.examined()
        if log.cut:
            raise LogCutBack(log.cut)
        await self.database.transact(lambda tx: recovery.note_own(tx, log))

    async def examined(self) -> recovery.Log:
        """Return what lies on our own topics, when database and groups belong together.

        Raises AnotherDatabase, BehindItsGroups, BehindItsTopics, KafkaError.
        """
        async with self.database.reading() as reading:
            ours = await identity(reading)
        theirs = await self.bound_to()
        if not theirs:
            await self._adopt(ours)
        elif theirs != str(ours):
            raise AnotherDatabase(self.service, ours, theirs)
        elif behind := await self._behind():
            raise BehindItsGroups(behind)
        log = await recovery.published(self.database, self.cluster, self.own)
        if log.lost:
            raise BehindItsTopics(log.lost)
        return log

    async def check_own_logs(self) -> None:
        """Refuse to publish after what Kafka has lost. Raises LogCutBack, KafkaError."""
        try:
            whole = await self.cluster.whole(topic.name for topic in self.own)
            async with self.database.reading() as reading:
                noted = await reached(reading, [topic.name for topic in self.own])
            edges = await self.cluster.edges(whole)
        finally:
            await self.cluster.close()
        if lost := cut(noted, {where: edges[where].end for where in edges}):
            raise LogCutBack(lost)

    async def _behind(self) -> Positions:
        """Find where an event lies, between what this database notes and what its groups have read, that it lacks.

        A group also steps over what is no event of ours: the marks of transactions, what was compacted or has expired.
        What groups have read is asked first: other instances apply before they commit, also while we look.
        """
        committed = await self._committed()
        async with self.database.reading() as reading:
            applied = await reached(reading, self._names)
        ahead = [where for where in committed if committed[where] > applied.get(where, 0)]
        edges = await self.cluster.edges(ahead)
        first = {where: max(applied.get(where, 0), edges[where].first) for where in ahead}
        last = {where: min(committed[where], edges[where].end) for where in ahead}
        return {where: first[where] for where in ahead if await self._lacks(where, first[where], last[where])}

    async def _lacks(self, where: TopicPartition, first: int, end: int) -> bool:
        """Whether this database has not applied some event of that log. Raises TimeoutError when Kafka is silent."""
        async for records in self.cluster.batches(where, first, end):
            try:
                events = {event.id for record in records if (event := self._read(record))}
            except Unreadable:
                return True  # it may have been parked here, or not
            async with self.database.reading() as reading:
                if events - await inbox.known(reading, events):
                    return True
        return False

    def _read(self, record: ConsumerRecord) -> CloudEvent | None:
        """Return the event, if it is one that this service does something about. Raises Unreadable."""
        try:
            return self.readers[record.topic].read(record.headers, record.value)
        except UnknownType:
            return None

    async def follow(self) -> None:
        """Ask, while the service runs, whether the groups are still ours, and what other instances have read with us.

        An instance of an older version notes no positions, and a group steps over what is no record. Raises
        AnotherDatabase, KafkaError.
        """
        async with self.database.reading() as reading:
            ours = await identity(reading)
        if (theirs := await self.bound_to()) not in {"", str(ours)}:
            raise AnotherDatabase(self.service, ours, theirs)
        await self._adopt(ours)

    async def bind(self) -> None:
        """Bind on purpose: from here on the groups are this database's, which goes on where they stand.

        Raises GroupIsAtWork while an instance still reads in one of them.
        """
        await self.check_idle()
        async with self.database.reading() as reading:
            ours = await identity(reading)
        await self._adopt(ours)
        log = await recovery.published(self.database, self.cluster, self.own)
        await self.database.transact(lambda tx: recovery.note_own(tx, log))

    async def check_idle(self) -> None:
        """Raises GroupIsAtWork while an instance of the service reads, KafkaError when Kafka does not say."""
        for topic in self.topics:
            await self.cluster.check_idle(group_of(self.service, topic))

    async def _adopt(self, ours: UUID) -> None:
        """What the groups have read, this database has applied; what lies on its topics, it has published.

        Kafka forgets a mark that nobody renews in a week.
        """
        committed = await self._committed()
        ends = await self.cluster.edges(await self.cluster.whole(topic.name for topic in self.own))
        published = {where: edges.end for where, edges in ends.items()}
        await self.database.transact(lambda tx: note(tx, {**committed, **published}))
        await self.cluster.set_offsets(self.marker, {TopicPartition(self._names[0], 0): 0}, str(ours))

    async def rewind(self, topic: Topic, since: datetime | None = None) -> dict[int, int]:
        """Set the group of a topic back to what this database has applied, or to a moment; by partition, from where on.

        Raises GroupIsAtWork while an instance still reads in it.
        """
        whole = await self.cluster.whole([topic.name])
        async with self.database.reading() as reading:
            applied = await reached(reading, [topic.name])
        edges = await self.cluster.edges(whole)
        wanted = (
            await self.cluster.offsets_at(whole, since) if since else {where: applied.get(where, 0) for where in whole}
        )
        offsets = {where: min(max(wanted[where], edges[where].first), edges[where].end) for where in whole}
        await self.cluster.set_offsets(group_of(self.service, topic), offsets)
        await self.database.transact(lambda tx: set_back(tx, offsets))
        return {where.partition: offset for where, offset in offsets.items()}

    async def bound_to(self) -> str:
        """Return the identity that the groups are bound to; nothing when they are not."""
        return await self.cluster.committed_metadata(self.marker)

    async def _committed(self) -> dict[TopicPartition, int]:
        committed: dict[TopicPartition, int] = {}
        for topic in self.topics:
            whole = await self.cluster.whole([topic.name])
            committed |= await self.cluster.committed(group_of(self.service, topic), whole)
        return committed

    @property
    def _names(self) -> list[str]:
        return [topic.name for topic in self.topics]
