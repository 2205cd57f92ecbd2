"""A provider that does not answer: it is asked, and nothing is told twice. Rule 23."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from chassis.clock import move
from chassis.db import Database, Transaction
from contracts.ids import uuid7
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.delivery.http import Answer
from services.notifications.settings import Settings
from services.notifications.usecases.outgoing import Sent
from tests.notifications.conftest import impatient, only, people_booked
from tests.notifications.stored import rows
from tests.notifications.test_providers import provider
from tests.outside import Outside
from tests.waiting import until


async def test_rule_23_silence_is_asked_about_and_never_simply_sent_again(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """OVHcloud went silent: whether it had the message is asked when it is back, and it is sent once."""
    [phone] = await people_booked(database, 1)
    ours = only(both, 0)
    outside.fault("ovh", "time_out")
    await impatient(ours).drain(database)
    assert [notice.state for notice in await rows(database)] == ["sending"]
    for seconds, fault, expected in ((60, "none", "sending"), (90, "time_out", "sending"), (180, "none", "scheduled")):
        outside.fault("ovh", fault)
        move(offset, datetime.now(UTC) + timedelta(seconds=seconds))
        await ask_about_unclear(database, impatient(ours) if fault == "time_out" else Dispatch.of(ours))
        assert [notice.state for notice in await rows(database)] == [expected]
    move(offset, datetime.now(UTC) + timedelta(seconds=200))
    await Dispatch.of(ours).drain(database)
    assert len(outside.messages(phone)) == 1


async def test_rule_23_what_was_taken_after_we_gave_up_waiting_is_told_once(late: "Late") -> None:
    """OVHcloud takes what it was handed some seconds after our time-out. It is asked when that is surely over."""
    assert await late.told_with(asked_after=80) == 1


async def test_asked_at_once_it_would_be_told_twice(late: "Late") -> None:
    """The control: not there yet, so sent again."""
    assert await late.told_with(asked_after=5) == 2


async def test_rule_23_a_message_that_leaves_the_jobs_while_we_ask_is_not_absent(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First it is a job, then it is sent: whoever asks in the other order sees it nowhere."""
    ours = provider(outside, "ovh")
    moments = iter([{"jobs": [1], "outgoing": []}, {"jobs": [], "outgoing": [77]}])

    async def ask(_: str, url: str, *__: object) -> Answer:
        now = next(moments)
        return Answer(200, orjson.dumps(now["jobs" if url.endswith("/jobs") else "outgoing"]))

    monkeypatch.setattr(ours.line, "ask", ask)  # type: ignore[attr-defined]
    assert await ours.find(uuid7()) == Sent("ovh", "77")


@dataclass(frozen=True)
class Late:
    database: Database
    outside: Outside
    both: Settings
    offset: Path

    async def told_with(self, asked_after: int) -> int:
        """How often the person has the message in the end."""
        [phone] = await people_booked(self.database, 1)
        ours = only(self.both, 0).model_copy(update={"interrupted_after": timedelta(seconds=asked_after)})
        self.outside.fault("ovh", "late")
        await impatient(ours).drain(self.database)
        await self.outside.holds("ovh")
        self.outside.fault("ovh", "none")
        for seconds in (20, 40, 130):
            move(self.offset, datetime.now(UTC) + timedelta(seconds=seconds))
            await ask_about_unclear(self.database, Dispatch.of(ours))
            await Dispatch.of(ours).drain(self.database)
            if seconds == 40:
                await self.takes_it_at_last(phone)
        assert [notice.state for notice in await rows(self.database)] == ["sent"]
        return len(self.outside.messages(phone))

    async def takes_it_at_last(self, phone: str) -> None:
        before = len(self.outside.messages(phone))
        self.outside.let_go("ovh")

        async def taken() -> bool:
            return len(self.outside.messages(phone)) > before

        await until(taken, "the late message")


@pytest.fixture
def late(database: Database, outside: Outside, both: Settings, offset: Path) -> Late:
    return Late(database, outside, both, offset)


async def test_rule_23_what_nobody_can_tell_is_on_the_call_list(
    database: Database, outside: Outside, both: Settings, offset: Any
) -> None:
    """Brevo's list is late: not being on it proves nothing, so after some minutes a person asks."""
    await people_booked(database, 1)
    ours = only(both, 1)
    outside.fault("brevo", "time_out")
    await impatient(ours).drain(database)
    outside.fault("brevo", "none")
    for minutes in (1, 11):
        move(offset, datetime.now(UTC) + timedelta(minutes=minutes))
        await ask_about_unclear(database, Dispatch.of(ours))
    await Dispatch.of(ours).drain(database)
    channels = [(notice.channel, notice.state) for notice in await rows(database)]
    assert channels == [("sms", "failed"), ("call", "by_hand")]


async def test_without_asking_silence_would_be_told_twice(database: Database, outside: Outside, both: Settings) -> None:
    """The control: a slow provider has the message after all. Sent again without asking, it is there twice."""
    [phone] = await people_booked(database, 1)
    ours = only(both, 0)
    outside.fault("ovh", "slow")
    await impatient(ours).drain(database)
    await outside.holds("ovh")
    await database.transact(blindly_again)
    outside.fault("ovh", "none")
    await Dispatch.of(ours).drain(database)
    assert len(outside.messages(phone)) == 2


async def blindly_again(tx: Transaction) -> None:
    await tx.execute(text("UPDATE notices SET state = 'scheduled', due_at = created_at WHERE state = 'sending'"))
