import asyncio
from collections.abc import Sequence

from sqlalchemy import insert, select

from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.lanes import Lane
from chassis.refusal import Refusal
from contracts.ids import uuid7
from tests.chassis.conftest import effects

Outcomes = list[str | Refusal]


class Counted:
    """Writes a row for each request; «no» is refused, «fault» breaks whatever transaction it is in."""

    def __init__(self) -> None:
        self.together: list[int] = []

    async def __call__(self, tx: Transaction, requests: Sequence[str]) -> Outcomes:
        self.together.append(len(requests))
        return [await self._one(tx, request) for request in requests]

    async def _one(self, tx: Transaction, request: str) -> str | Refusal:
        if request == "no":
            return Refusal("Non.")
        if request == "fault":
            raise ZeroDivisionError
        await tx.execute(insert(effects).values(key=request, offer_id=uuid7()))
        return request.upper()


async def keys(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [*await reading.scalars(select(effects.c.key).order_by(effects.c.id))]


async def ask(lane: Lane[str, str], *requests: str) -> list[str | BaseException]:
    return await asyncio.gather(*map(lane.ask, requests), return_exceptions=True)


async def test_requests_that_come_together_are_one_transaction_and_each_has_its_answer(counted: Database) -> None:
    work = Counted()
    answers = await ask(Lane(counted, work), *"abcd")
    assert answers == [*"ABCD"]
    assert work.together == [4]
    assert await keys(counted) == [*"abcd"]


async def test_a_refusal_is_its_own_and_the_others_are_applied(counted: Database) -> None:
    first, second, third = await ask(Lane(counted, Counted()), "a", "no", "b")
    assert (first, third) == ("A", "B")
    assert isinstance(second, Refusal)
    assert await keys(counted) == ["a", "b"]


async def test_when_the_transaction_fails_each_is_tried_alone(counted: Database) -> None:
    first, fault, second = await ask(Lane(counted, Counted()), "a", "fault", "b")
    assert (first, second) == ("A", "B")
    assert isinstance(fault, ZeroDivisionError)
    assert await keys(counted) == ["a", "b"]


async def test_what_comes_during_a_transaction_waits_for_the_next_one(counted: Database) -> None:
    work = Counted()
    lane = Lane(counted, work, most=2)
    assert await ask(lane, *"abcde") == [*"ABCDE"]
    assert work.together == [2, 2, 1]


async def test_who_leaves_while_waiting_does_not_hold_up_the_others(counted: Database) -> None:
    lane = Lane(counted, Counted())
    gone = asyncio.create_task(lane.ask("a"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await lane.ask("b") == "B"


async def test_a_dead_database_is_told_to_each_at_once() -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", clock=Clock())
    answers = await ask(Lane(away, Counted()), *"abc")
    await away.close()
    assert all(isinstance(one, OSError) for one in answers)
