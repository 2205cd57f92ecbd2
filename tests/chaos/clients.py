"""Clients whose calls are judged: they book, cancel and look, several at once on the same few seats."""

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from typing import Any

from contracts.ids import uuid7
from tests.chaos.calls import Answer, Caller
from tests.chaos.county import County
from tests.chaos.history import Call, History

A_GROUP = 3  # clients
THINKS = (0.2, 1.0)  # seconds
TWICE = 0.1  # of the bookings are asked of two instances at once under one key
KINDS, WEIGHTS = ("book", "cancel", "wallet", "session"), (45, 30, 10, 15)
SETTLED_WITHIN = 60  # seconds


@dataclass(frozen=True)
class Open:
    """A call whose outcome is not known for certain: asked again once nothing of it can be under way."""

    call: Call
    key: str


@dataclass(eq=False)
class Clients:
    """`made` are the bookings of each group that its clients know of: who, in which session."""

    caller: Caller
    county: County
    history: History
    made: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    open: list[Open] = field(default_factory=list)
    two_answers: list[str] = field(default_factory=list)

    async def play(self, seed: int) -> None:
        self.made = [{} for _ in self.county.groups]
        numbers = range(len(self.county.groups) * A_GROUP)
        await asyncio.gather(*(self._client(number, random.Random(f"{seed} client {number}")) for number in numbers))

    async def _client(self, number: int, chance: random.Random) -> None:
        group = number // A_GROUP
        while not self.caller.stopped.is_set():
            (kind,) = chance.choices(KINDS, WEIGHTS)
            session, person = (
                chance.randrange(len(self.county.sessions[group])),
                chance.randrange(len(self.county.people[group])),
            )
            asked = Call(number, group, kind, session, person, called=time.monotonic_ns())  # type: ignore[arg-type]
            match kind:
                case "book":
                    await self._book(asked, twice=chance.random() < TWICE)
                case "cancel" if known := [*self.made[group]]:
                    await self._cancel(replace(asked, booking=chance.choice(known[-6:])))
                case "wallet" | "session":
                    await self._look(asked)
                case _:
                    pass
            await asyncio.sleep(chance.uniform(*THINKS))

    def _wish(self, call: Call) -> dict[str, Any]:
        sessions, people = self.county.sessions[call.group], self.county.people[call.group]
        return {"session_id": sessions[call.session], "beneficiary_id": people[call.person]}

    async def _book(self, call: Call, *, twice: bool) -> None:
        key = str(uuid7())
        asked = [self._ask_to_book(call, key, twin=twice) for _ in range(1 + twice)]
        answers = [answer for answer in await asyncio.gather(*asked) if answer is not None]
        created = {str(answer.body["id"]) for answer in answers if answer.status == 201}
        if len(created) > 1:
            self.two_answers.append(key)
        await self._settle_booking(call, key, answers, created, sure=len(answers) == len(asked))

    async def _settle_booking(
        self, call: Call, key: str, answers: list[Answer], created: set[str], *, sure: bool
    ) -> None:
        """Refused after a try without an answer: that try may still be under way."""
        if created:
            booking = min(created)
            self.made[call.group][booking] = call.session, call.person
            self._note(call, booking=booking)
        elif sure and len(answers) == 1 and not answers[0].doubtful:
            self._note(call, code=answers[0].slug)
        else:
            self.open.append(Open(call, key))

    async def _ask_to_book(self, call: Call, key: str, *, twin: bool = True) -> Answer | None:
        wish = self._wish(call)
        return await self.caller.insist("karim", "POST", "booking", "/bookings", key=key, json=wish, twin=twin)

    async def _cancel(self, call: Call) -> None:
        session, person = self.made[call.group][call.booking]
        call, key = replace(call, session=session, person=person), str(uuid7())
        answer = await self._ask_to_cancel(call, key)
        if answer is None:
            self.open.append(Open(call, key))
        else:
            self._note_cancelled(call, answer)

    def _note_cancelled(self, call: Call, answer: Answer, *, doubtful: bool = False) -> None:
        refused = "gone" if answer.doubtful or doubtful else answer.slug
        self._note(call, code="ok" if answer.status == 200 else refused)

    async def _ask_to_cancel(self, call: Call, key: str) -> Answer | None:
        path, reason = f"/bookings/{call.booking}/cancel", {"reason": "la personne a un autre rendez-vous"}
        return await self.caller.insist("karim", "POST", "booking", path, key=key, json=reason)

    async def _look(self, call: Call) -> None:
        """A look without an answer says nothing."""
        wish = self._wish(call)
        path = f"/wallets/{wish['beneficiary_id']}" if call.kind == "wallet" else f"/sessions/{wish['session_id']}"
        answer = await self.caller.once("karim", "GET", "booking", path)
        if answer is not None and answer.is_success:
            body = answer.json()
            held = sum(book["held"] for book in body["books"]) if call.kind == "wallet" else body["taken"]
            self._note(call, figure=held)

    def _note(self, call: Call, **answer: Any) -> None:
        self.history.calls.append(replace(call, answered=time.monotonic_ns(), **answer))

    async def settle(self) -> None:
        """Everything is well again and nothing is under way: what is open is asked once more under its key."""
        for one in self.open:
            call = one.call
            async with asyncio.timeout(SETTLED_WITHIN):
                if call.kind == "cancel":
                    if answer := await self._ask_to_cancel(call, one.key):
                        self._note_cancelled(call, answer, doubtful=True)
                elif answer := await self._ask_to_book(call, one.key):
                    created = answer.status == 201
                    booking, code = (str(answer.body["id"]), "ok") if created else ("", answer.slug)
                    self._note(call if created else replace(call, called=answer.called), booking=booking, code=code)
