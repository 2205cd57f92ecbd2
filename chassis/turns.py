"""Long lists on the event loop: shown page by page, and worked through in turns with whatever else waits."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

A_PAGE = 50  # rows
A_TURN = 50  # rows or pieces of a page, a few milliseconds

PageNumber = Annotated[int, Query(ge=1, le=10_000)]


@dataclass(frozen=True)
class Part(Generic[T]):
    """The rows of page `number` of a list that has `total` rows."""

    rows: Sequence[T]
    number: int
    total: int

    @classmethod
    def of(cls, everything: Sequence[T], number: int) -> "Part[T]":
        """Of a number beyond the last page, the rows are none."""
        return cls(everything[(number - 1) * A_PAGE : number * A_PAGE], number, len(everything))

    @property
    def pages(self) -> int:
        return max(-(-self.total // A_PAGE), 1)


async def in_turns(rows: Iterable[T], size: int = A_TURN) -> AsyncIterator[T]:
    """Yield the rows, one by one; after every few of them whatever else waits has its turn."""
    for number, row in enumerate(rows, 1):
        yield row
        if number % size == 0:
            await asyncio.sleep(0)


async def read_in_turns(reading: AsyncSession, query: Select[T]) -> list[T]:
    """Read what it selects, one thing a row: to make a thousand at once would hold the event loop."""
    rows = await reading.stream_scalars(query.execution_options(yield_per=A_TURN))
    return [row async for row in rows]
