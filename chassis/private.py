r"""What we use of aiokafka and FastStream that they promise to nobody: all of it is here, and both are pinned.

`tests/chassis/test_private.py` fails when a name moves. Three things are mended:

- aiokafka's reader raises on a record whose header names are not text, and the partition would stop there for ever.
  Such a batch is read again by its reader in Python, which is slower, with names whose bytes are written out («\xff»).
- aiokafka takes a Kafka that names no broker for a mistake of ours.
- FastStream's parser loses a whole batch to one broken header, its decoder blocks the partition on one broken body.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer import fetcher
from aiokafka.errors import NodeNotReadyError
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy
from faststream.kafka import KafkaMessage

coordinator_lookup = AIOKafkaClient.coordinator_lookup


class Written(bytearray):
    """Bytes that can always be decoded."""

    def __getitem__(self, part: Any) -> Any:  # noqa: ANN401 - an index or a slice, a byte or bytes
        part_of = super().__getitem__(part)
        return Written(part_of) if isinstance(part, slice) else part_of

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


class WrittenBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka has no types
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = Written(self._buffer)


class Batch:
    """One of aiokafka's; the fetcher leaves out what it has passed on already when it is read a second time."""

    def __init__(self, usual: Any, content: memoryview) -> None:  # noqa: ANN401 - of aiokafka
        self.usual, self.content = usual, content

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the fetcher asks
        return getattr(self.usual, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self.usual
        except UnicodeDecodeError:
            yield from WrittenBatch(self.content)


class Records(_MemoryRecordsPy):  # type: ignore[misc]
    def next_batch(self) -> Batch:
        content = self._next_slice
        return Batch(super().next_batch(), content)


def read_any_names() -> None:
    """Read records whose header names are not text, from now on in this process."""
    fetcher.MemoryRecords = Records


async def lookup(client: AIOKafkaClient, kind: int, name: str) -> int:
    """Ask which broker coordinates a group or a producer. Raises NodeNotReadyError while no broker is known.

    A Kafka that begins, or was thought dead, names none for a moment. aiokafka takes that for a mistake of ours
    (AssertionError), and nobody asks again: the relay ended, and consumers that began then never read.
    """
    if client.get_random_node() is None:
        raise NodeNotReadyError("no broker is known yet")
    return int(await coordinator_lookup(client, kind, name))


def wait_for_a_broker() -> None:
    """Let clients ask again while no broker is known, from now on in this process."""
    AIOKafkaClient.coordinator_lookup = lookup


def begin_no_transactions(producer: AIOKafkaProducer) -> None:
    """Make a producer that has started under a transactional id one without transactions; it keeps its epoch."""
    producer._txn_manager.transactional_id = None  # noqa: SLF001


def stop_sending(producer: AIOKafkaProducer) -> None:
    """Cancel what sends: `stop` hangs while the broker is away and leaks this task."""
    if producer._sender.sender_task is not None:  # noqa: SLF001
        producer._sender.sender_task.cancel()  # noqa: SLF001


async def as_read(records: Any, original: Callable[[Any], Awaitable[Any]]) -> Any:  # noqa: ANN401 - FastStream's seam
    """Parse without looking at headers or bodies: the intake reads each record by itself, and forgives.

    One record, without its headers, is enough for FastStream to make the message that is acknowledged as a whole.
    """
    message = await original((replace(records[0], headers=()),))
    message.raw_message = records
    return message


async def undecoded(message: KafkaMessage) -> KafkaMessage:
    """Give the handler the message itself, with the records as they came."""
    return message
