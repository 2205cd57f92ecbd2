"""What else goes on meanwhile: newcomers with their books, waiting lists, sessions that change, people who are erased.

It is judged by the audit and by what arrived on the telephones, once everything has come to rest.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.chaos.calls import Caller
from tests.chaos.county import REFUSED, County, Hour, NotDone, newcomer, until_done

PAUSE, PROBE_EVERY = (2.0, 6.0), 0.5  # seconds
Turn = Callable[[random.Random], Awaitable[None]]

PROBES = {
    "prescription": ("nadia", "/beneficiaries/{person}"),
    "catalogue": ("karim", "/spaces?q=crest"),
    "booking": ("karim", "/sessions/{session}"),
    "notifications": ("nadia", "/notices?beneficiary_id={person}"),
}


@dataclass(eq=False)
class Life:
    """`lived` counts what happened."""

    caller: Caller
    county: County
    lived: Counter[str] = field(default_factory=Counter)

    async def go_on(self, seed: int) -> None:
        await asyncio.gather(
            self._repeat(self._newcomer, random.Random(f"{seed} newcomers")),
            self._repeat(self._change, random.Random(f"{seed} changes")),
            *(self._probe(service) for service in PROBES),
        )

    async def _repeat(self, turn: Turn, chance: random.Random) -> None:
        while not self.caller.stopped.is_set():
            try:
                await turn(chance)
            except (NotDone, TimeoutError):
                self.lived["left unfinished"] += 1
            await asyncio.sleep(chance.uniform(*PAUSE))

    async def _newcomer(self, chance: random.Random) -> None:
        person = await newcomer(self.caller)
        self.lived["registered"] += 1
        await until_done(self.caller, "POST", f"/files/{person}/accept")
        wish = {"session_id": chance.choice(self.county.life).id, "beneficiary_id": person}
        booked = await self.caller.insist("karim", "POST", "booking", "/bookings", json=wish)
        if booked is None:
            return
        if booked.status >= REFUSED:
            await self.caller.insist("karim", "POST", "booking", "/waiting", json=wish)
            self.lived["waiting or refused"] += 1
        elif chance.random() < 0.6:
            reason = {"reason": "la personne a un autre rendez-vous"}
            await self.caller.insist("karim", "POST", "booking", f"/bookings/{booked.body['id']}/cancel", json=reason)
            self.lived["booked and cancelled"] += 1
        else:
            self.lived["booked"] += 1
        if chance.random() < 0.3:
            await self._erase(person)
            self.lived["erased"] += 1

    async def _erase(self, person: str) -> None:
        path, urgent = f"/beneficiaries/{person}", {"reason": "danger"}
        why = {"reason": "une urgence"}
        await self.caller.insist("anne", "POST", "prescription", f"{path}/openings", json=why)
        await self.caller.insist("anne", "POST", "prescription", f"{path}/erasure/now", json=urgent)

    async def _change(self, chance: random.Random) -> None:
        """An hour later or earlier, in the same room: those booked follow."""
        hour: Hour = chance.choice(self.county.life)
        starts_at = datetime.fromisoformat(hour.form["starts_at"]) + timedelta(hours=chance.choice((-1, 0, 1)))
        asked = {**hour.form, "starts_at": starts_at.isoformat(), "capacity": chance.choice((3, 4, 5))}
        reason = {"reason": "le médiateur n'est pas disponible"}
        answer = await self.caller.insist("anne", "PUT", "catalogue", f"/sessions/{hour.id}", json=asked | reason)
        self.lived["session changed" if answer and answer.status < REFUSED else "change refused"] += 1

    async def _probe(self, service: str) -> None:
        """Does it answer? Each look on its own, so that one that waits hides none."""
        who, path = PROBES[service]
        known = {"person": self.county.people[0][0], "session": self.county.sessions[0][0]}
        looks: set[asyncio.Task[object]] = set()
        while not self.caller.stopped.is_set():
            look = asyncio.create_task(self.caller.once(who, "GET", service, path.format(**known)))
            looks.add(look)
            look.add_done_callback(looks.discard)
            await asyncio.sleep(PROBE_EVERY)
        await asyncio.gather(*looks)
