"""Applies what was consumed: a batch is one transaction, each event once, in order; what can't be applied is parked."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, get_args
from uuid import UUID

import structlog
from aiokafka import ConsumerRecord
from sqlalchemy import text

from chassis import db, erasure, inbox, parking, positions, telemetry, tracing
from chassis.db import Database, Transaction
from chassis.refusal import Refusal
from contracts.event import CloudEvent, Reader, UnknownType, Unreadable, Withdrawn
from contracts.topics import Topic

log = structlog.get_logger("intake")


Apply = Callable[[Transaction, Sequence[Any]], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """A topic and what is done with its events.

    `ordered`: what follows an event that could be read and failed waits, within its key, erasures excepted. An event
    that can't be read holds nothing back: it is news of nobody.
    `consumed` is the union of the events that `apply` takes; what it does not name passes unread. None: all.
    """

    topic: Topic
    apply: Apply
    ordered: bool = False
    consumed: object = None
    reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        """Raises ValueError: an event that comes by another topic would never be consumed."""
        consumed = self.topic.events if self.consumed is None else get_args(self.consumed) or (self.consumed,)
        if strangers := {*consumed} - {*self.topic.events}:
            raise ValueError(f"{self.topic.name} carries no {strangers}")
        object.__setattr__(self, "reader", Reader(consumed))


class Parsed(NamedTuple):
    record: ConsumerRecord
    envelope: CloudEvent


class Outcomes(NamedTuple):
    """How many records of a batch were applied and parked; counted once it is committed."""

    applied: int
    parked: int


ApplyParsed = Callable[[Transaction, Sequence[Parsed]], Awaitable[int]]


class StillRefused(Refusal):
    def __init__(self, parked_id: int, error: str) -> None:
        super().__init__(f"Le message {parked_id} ne passe toujours pas : {error}. Réparez d'abord la cause.")


class Intake:
    """`apply` returns when every record of the batch is applied, ignored or parked; it raises when none is."""

    def __init__(self, database: Database, subscription: Subscription) -> None:
        self.database = database
        self.subscription = subscription

    async def apply(self, records: Sequence[ConsumerRecord]) -> None:
        parsed, unreadable, passed = self._parse(records)
        topic = self.subscription.topic.name
        traces = [each.envelope.traceparent for each in parsed]

        async def batch(tx: Transaction, apply: ApplyParsed) -> Outcomes:
            await positions.advance(tx, records)
            return await self._batch(tx, parsed, unreadable, apply)

        with telemetry.timed(telemetry.batch_seconds.labels(topic)), tracing.batch(topic, traces):
            try:
                outcomes = await self.database.transact(lambda tx: batch(tx, self._apply))
            except Exception as error:
                if db.away(error):
                    raise
                fault = telemetry.described(error)
                log.warning("batch failed, looking for the record at fault", topic=topic, error=fault)
                outcomes = await self.database.transact(lambda tx: batch(tx, self._bisect))
        for outcome, number in {**outcomes._asdict(), **passed}.items():
            telemetry.consumed.labels(topic, outcome).inc(number)

    def _parse(
        self, records: Sequence[ConsumerRecord]
    ) -> tuple[list[Parsed], list[tuple[ConsumerRecord, str]], Counter[str]]:
        """What can be read, what can't, and how many pass by what outcome."""
        parsed, unreadable, passed = [], [], Counter[str]()
        for record in records:
            try:
                parsed.append(Parsed(record, self.subscription.reader.read(record.headers, record.value)))
            except Withdrawn:
                passed["withdrawn"] += 1
            except UnknownType:
                passed["ignored"] += 1
            except Unreadable as error:
                unreadable.append((record, str(error)))
        return parsed, unreadable, passed

    async def _batch(
        self,
        tx: Transaction,
        parsed: Sequence[Parsed],
        unreadable: Sequence[tuple[ConsumerRecord, str]],
        apply: ApplyParsed,
    ) -> Outcomes:
        """What speaks of someone who was erased is dropped, and nobody is erased meanwhile."""
        keys = [parking.key_of(record) for record, _ in unreadable]
        gone = await erasure.erased_of(tx, [each.envelope.event for each in parsed], keys)
        theirs = {str(person).encode() for person in gone}
        wrong = [(record, error) for record, error in unreadable if parking.key_of(record) not in theirs]
        for record, error in wrong:
            await self._park(tx, record, error)
        fresh = await inbox.fresh(tx, self.subscription.topic.name, [each.envelope.id for each in parsed])
        left = [*without_repeats(parsed, fresh)]
        if gone:
            left = [each for each in left if not gone & erasure.people_in(each.envelope.event)]
        applied = await apply(tx, await self._unblocked(tx, left))
        return Outcomes(applied, len(wrong) + len(left) - applied)

    async def _unblocked(self, tx: Transaction, parsed: Sequence[Parsed]) -> Sequence[Parsed]:
        if not self.subscription.ordered or not parsed:
            return parsed
        keys = [parking.key_of(each.record) for each in parsed]
        blocked = await parking.keys_waiting(tx, self.subscription.topic.name, keys)
        free: list[Parsed] = []
        for each, key in zip(parsed, keys, strict=True):
            if key in blocked and not each.envelope.event.erasure:
                await self._park(tx, each.record, "attend derrière un message de la même personne", each.envelope)
            else:
                free.append(each)
        return free

    async def _apply(self, tx: Transaction, parsed: Sequence[Parsed]) -> int:
        """Apply them all; return how many. What is published because of none of them is a thread of its own."""
        if parsed:
            telemetry.set_correlation("")
            await self.subscription.apply(tx, [each.envelope.event for each in parsed])
            await tx.flush()
        return len(parsed)

    async def _bisect(self, tx: Transaction, parsed: Sequence[Parsed]) -> int:
        """Apply all but what fails; return how many. Each half is a savepoint, and what it published goes with it."""
        before = len(tx.published)
        try:
            async with tx.begin_nested():
                applied = await self._apply(tx, parsed)
                await tx.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
                await tx.execute(text("SET CONSTRAINTS ALL DEFERRED"))
        except Exception as error:
            if db.away(error) or db.sqlstate(error) in db.RETRIED:
                raise
            tx.expunge_all()
            tx.appended.clear()
            del tx.published[before:]
            if len(parsed) == 1:
                await self._park(tx, parsed[0].record, repr(error), parsed[0].envelope, telemetry.described(error))
                return 0
            middle = len(parsed) // 2
            applied = await self._bisect(tx, parsed[:middle])
            return applied + await self._bisect(tx, await self._unblocked(tx, parsed[middle:]))
        return applied

    async def _park(
        self, tx: Transaction, record: ConsumerRecord, error: str, envelope: CloudEvent | None = None, logged: str = ""
    ) -> None:
        """What went wrong is stored in full, beside the record; `logged` quotes nobody."""
        await parking.park(tx, record, error, envelope.id if envelope else None)
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
        log.error("record parked", **where, error=logged or error)

    async def replay(self, parked_id: int, by: str) -> None:
        """Apply a parked record now. Raises StillRefused while the cause is not mended, WaitsItsTurn behind another."""
        try:
            await self.database.transact(lambda tx: self._replay(tx, parked_id, by))
        except Exception as error:
            if isinstance(error, Refusal) or db.away(error):
                raise
            raise StillRefused(parked_id, repr(error)) from error

    async def _replay(self, tx: Transaction, parked_id: int, by: str) -> None:
        row = await parking.locked(tx, parked_id)
        await parking.check_turn(tx, row)
        headers = list(zip(row.header_names, row.header_values, strict=True))
        envelope = self.subscription.reader.read(headers, row.body)
        of_the_erased = await erasure.erased_of(tx, [envelope.event])
        if not of_the_erased and (row.event_id or await inbox.fresh(tx, row.topic, [envelope.id])):
            await self.subscription.apply(tx, [envelope.event])
        await parking.settle(tx, parked_id, "discarded" if of_the_erased else "replayed", by)


def without_repeats(parsed: Sequence[Parsed], fresh: set[UUID]) -> Iterator[Parsed]:
    """Yield the fresh ones, without the repeats inside one batch."""
    for each in parsed:
        if each.envelope.id in fresh:
            fresh.remove(each.envelope.id)
            yield each
