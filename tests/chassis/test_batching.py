import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from chassis import batching, db
from chassis.batching import Batcher, longest_wait, verdict
from chassis.clock import Clock
from chassis.db import Database, Transaction
from chassis.limits import Limits
from chassis.refusal import Refusal
from contracts.ids import uuid7
from tests.chassis.conftest import effects
from tests.interleaving import HOLDS
from tests.proxy import proxied
from tests.waiting import PATIENCE, until

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


async def ask(batcher: Batcher[str, str], *requests: str) -> list[str | BaseException]:
    return await asyncio.gather(*map(batcher.ask, requests), return_exceptions=True)


async def test_requests_that_come_together_are_one_transaction_and_each_has_its_answer(counted: Database) -> None:
    work = Counted()
    answers = await ask(Batcher(counted, work), *"abcd")
    assert answers == [*"ABCD"]
    assert work.together == [4]
    assert await keys(counted) == [*"abcd"]


async def test_a_refusal_is_its_own_and_the_others_are_applied(counted: Database) -> None:
    first, second, third = await ask(Batcher(counted, Counted()), "a", "no", "b")
    assert (first, third) == ("A", "B")
    assert isinstance(second, Refusal)
    assert await keys(counted) == ["a", "b"]


async def test_when_the_transaction_fails_each_is_tried_alone(counted: Database) -> None:
    first, fault, second = await ask(Batcher(counted, Counted()), "a", "fault", "b")
    assert (first, second) == ("A", "B")
    assert isinstance(fault, ZeroDivisionError)
    assert await keys(counted) == ["a", "b"]


async def test_who_is_refused_is_told_so_by_an_exception(counted: Database) -> None:
    with pytest.raises(Refusal, match="Non"):
        await Batcher(counted, Counted()).ask("no")


async def test_the_fault_of_one_that_is_there_without_others_is_not_tried_again(counted: Database) -> None:
    work = Counted()
    (fault,) = await ask(Batcher(counted, work), "fault")
    assert isinstance(fault, ZeroDivisionError)
    assert work.together == [1]


async def test_what_comes_during_a_transaction_waits_for_the_next_one(counted: Database) -> None:
    work = Counted()
    batcher = Batcher(counted, work, most=2)
    assert await ask(batcher, *"abcde") == [*"ABCDE"]
    assert work.together == [2, 2, 1]


async def again_and_again(batcher: Batcher[str, str], name: str, rounds: int, turns: int = 0) -> None:
    """With so many turns of the loop between an answer and the next request."""
    for number in range(rounds):
        await batcher.ask(f"{name}{number}")
        for _ in range(turns):
            await asyncio.sleep(0)


async def test_those_who_were_answered_together_are_waited_for_and_go_together_again(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "GATHERS", PATIENCE)
    work = Counted()
    batcher = Batcher(counted, work)
    await asyncio.gather(*(again_and_again(batcher, name, 4, turns) for turns, name in enumerate("abcde")))
    assert work.together == [5, 5, 5, 5]


async def test_without_a_moment_to_gather_the_same_are_more_transactions(
    counted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    monkeypatch.setattr(batching, "GATHERS", 0)
    work = Counted()
    batcher = Batcher(counted, work)
    await asyncio.gather(*(again_and_again(batcher, name, 4, turns) for turns, name in enumerate("abcde")))
    assert len(work.together) > 4


async def test_who_asks_alone_waits_for_nobody(counted: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "GATHERS", PATIENCE * 10)
    batcher = Batcher(counted, Counted())
    async with asyncio.timeout(PATIENCE):
        await again_and_again(batcher, "a", 3)


async def test_who_leaves_while_waiting_does_not_hold_up_the_others(counted: Database) -> None:
    batcher = Batcher(counted, Counted())
    gone = asyncio.create_task(batcher.ask("a"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await batcher.ask("b") == "B"


class Locking(Counted):
    """As that; a request that begins with «row» needs that row first."""

    async def _one(self, tx: Transaction, request: str) -> str | Refusal:
        if request.startswith("row"):
            await tx.execute(select(effects).where(effects.c.key == request[:4]).with_for_update())
        return await super()._one(tx, request)


def patient(database: Database) -> Database:
    """The same, for those who wait until the test is over."""
    other = database.for_work()
    other.limits = Limits(lock=PATIENCE, statement=0)
    return other


@pytest.fixture
async def held(counted: Database) -> AsyncIterator[Database]:
    """`row1` is held by somebody else for the whole test."""
    await ask(Batcher(counted, Counted()), "row1", "row2")
    async with counted.engine.connect() as other, other.begin():
        await other.execute(HOLDS)
        await other.execute(select(effects).where(effects.c.key == "row1").with_for_update())
        yield counted


async def test_core_02_who_needs_a_row_of_another_is_refused_and_the_others_go_on(held: Database) -> None:
    batcher = Batcher(held, Locking())
    stopped, first, second, third = await ask(batcher, "row1 a", "b", "row2 c", "d")
    assert isinstance(stopped, DBAPIError)
    assert db.held(stopped)
    assert (first, second, third) == ("B", "ROW2 C", "D")
    assert (await keys(held))[2:] == ["b", "row2 c", "d"]


async def test_core_02_the_others_do_not_wait_until_the_one_at_fault_is_refused(held: Database) -> None:
    """Its wait is beside the batcher: those who come later are answered meanwhile."""
    batcher = Batcher(patient(held), Locking())
    stopped = asyncio.create_task(batcher.ask("row1 a"))
    for request in "bcd":
        assert await batcher.ask(request) == request.upper()
    assert not stopped.done()
    assert longest_wait(held) > 0
    stopped.cancel()


async def test_core_02_without_the_limit_all_would_wait_for_the_one(held: Database) -> None:
    """The control: the same requests in one transaction that waits for ever."""
    work = Locking()
    waiting = asyncio.create_task(held.transact(lambda tx: work(tx, ["row1 a", "b"]), Limits(0, 0)))
    await until(lambda: _waits_for_a_lock(held), "the transaction waits")
    assert await Batcher(held, Locking()).ask("c") == "C"
    assert not waiting.done()
    waiting.cancel()
    await asyncio.wait([waiting])


async def _waits_for_a_lock(database: Database) -> bool:
    async with database.reading() as reading:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool((await reading.execute(text(waiting))).scalar_one())


async def test_core_02_who_waited_beside_the_batch_is_served_when_the_row_is_free(counted: Database) -> None:
    await ask(Batcher(counted, Counted()), "row1")
    batcher = Batcher(patient(counted), Locking())
    async with counted.engine.connect() as other, other.begin():
        await other.execute(select(effects).where(effects.c.key == "row1").with_for_update())
        stopped = asyncio.create_task(batcher.ask("row1 a"))
        assert await batcher.ask("b") == "B"
        await until(lambda: _waits_for_a_lock(counted), "it waits beside the batcher")
    assert await stopped == "ROW1 A"
    assert longest_wait(counted) == 0


async def test_core_02_a_batcher_that_does_not_move_is_a_fault_of_readiness(counted: Database) -> None:
    async with proxied(counted.url) as (proxy, url):
        behind = Database(url, clock=Clock())
        batcher = Batcher(behind, Counted())
        assert await batcher.ask("a") == "A"
        proxy.stall("down")
        asked = asyncio.create_task(batcher.ask("b"))
        await until(lambda: _has_waited(behind), "it waits")
        assert verdict(behind) == ""
        waiting = next(iter(batcher._batch))
        batcher._batch = [replace(waiting, since=waiting.since - 60)]
        assert verdict(behind) == f"une demande attend depuis {longest_wait(behind):.0f} s"
        proxy.flow("down")
        assert await asked == "B"
        assert verdict(behind) == ""
        await behind.close()


async def _has_waited(database: Database) -> bool:
    return longest_wait(database) > 0


async def test_a_dead_database_is_told_to_each_at_once() -> None:
    away = Database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", clock=Clock())
    batcher = Batcher(away, Counted())
    answers = await ask(batcher, *"abc")
    await away.close()
    assert all(isinstance(one, OSError) for one in answers)
    assert batcher.oldest() == 0


async def test_core_02_an_absent_database_is_told_to_each_and_it_works_again_afterwards(counted: Database) -> None:
    work = Counted()
    async with proxied(counted.url) as (proxy, url), asyncio.timeout(PATIENCE):
        behind = Database(url, clock=Clock())
        batcher = Batcher(behind, work, most=4)
        assert await ask(batcher, *"ab") == [*"AB"]
        proxy.refusing = True
        proxy.cut()
        answers = await ask(batcher, *"cdefgh")
        assert all(isinstance(one, Exception) and db.away(one) for one in answers)
        assert proxy.refused <= 2, "it is asked once for all who came together"
        proxy.refusing = False
        assert await ask(batcher, *"ij") == [*"IJ"]
        await behind.close()
    assert await keys(counted) == [*"abij"]


async def test_core_02_a_database_that_goes_while_each_is_tried_alone_is_told_to_the_rest(counted: Database) -> None:
    class Going(Counted):
        async def _one(self, tx: Transaction, request: str) -> str | Refusal:
            if request == "b" and self.together[-1] == 1:
                proxy.refusing = True
                proxy.cut()
            return await super()._one(tx, request)

    work = Going()
    async with proxied(counted.url) as (proxy, url), asyncio.timeout(PATIENCE):
        behind = Database(url, clock=Clock())
        first, fault, *rest = await ask(Batcher(behind, work), "a", "fault", *"bcd")
        await behind.close()
    assert (first, type(fault)) == ("A", ZeroDivisionError)
    assert all(isinstance(one, Exception) and db.away(one) for one in rest)
    assert work.together == [5, 1, 1, 1]
    assert await keys(counted) == ["a"]
