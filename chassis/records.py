r"""Reads what Kafka delivers, also records whose header names are not text: aiokafka's reader raises on those.

The partition would stop there for ever. A batch that can't be read as usual is read again by aiokafka's reader in
Python, which is slower, with names whose bytes are written out («\xff»).
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


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
    """From now on, in this process. aiokafka is pinned for these names of its own."""
    fetcher.MemoryRecords = Records
