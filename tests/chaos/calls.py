"""Calls over HTTP: asked again under the same key until an answer is known, and counted."""

import asyncio
import random
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.demo.people import personas
from tests.chaos.cluster import Cluster

PATIENCE = httpx.Timeout(6, connect=2)
AGAIN_AFTER = (0.2, 1.5)  # seconds
NO_ANSWER = {408, 425, 429, 500, 502, 503, 504}
DENIES = "rien n'a été enregistré"


@dataclass(frozen=True)
class Answer:
    """`doubtful`: an earlier try got no answer. `called` is when the last try began, in nanoseconds."""

    status: int
    body: Any
    replayed: bool
    doubtful: bool
    called: int

    @property
    def slug(self) -> str:
        """Why it was refused."""
        return str(self.body.get("type", "")).rpartition(":")[2] if isinstance(self.body, dict) else ""


@dataclass
class Tally:
    """`okays`: when the calls of each service and instance that went well were asked and answered.

    `denied`: see `Caller`."""

    counts: Counter[str] = field(default_factory=Counter)
    okays: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    denied: Counter[str] = field(default_factory=Counter)
    strange: Counter[str] = field(default_factory=Counter)


@dataclass
class Caller:
    """A 503 that says that nothing was recorded is remembered: a replayed answer afterwards shows that it was false."""

    cluster: Cluster
    chance: random.Random
    http: httpx.AsyncClient
    tally: Tally
    stopped: asyncio.Event

    def headers(self, who: str, key: str) -> dict[str, str]:
        token = self.cluster.system.token_for(personas()[who])
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key}

    async def once(self, who: str, method: str, service: str, path: str, **what: Any) -> httpx.Response | None:
        """Nothing when there was no answer."""
        called = time.monotonic_ns()
        instance = self.cluster.picked(self.chance, service)
        url = f"{instance.url}/api/{service}{path}"
        try:
            answer = await self.http.request(
                method, url, headers=self.headers(who, what.pop("key", "") or str(uuid4())), **what
            )
        except httpx.HTTPError:
            self.tally.counts["unknown"] += 1
            return None
        if answer.status_code in NO_ANSWER:
            self.tally.counts["unknown"] += 1
            if answer.status_code == 500:
                self.tally.strange[f"500 {method} {service} {path.split('/')[1]}"] += 1
            return answer
        self.tally.counts["ok" if answer.is_success else "refused"] += 1
        if answer.is_success:
            for name in (service, instance.name):
                self.tally.okays[name].append((called, time.monotonic_ns()))
        return answer

    async def insist(self, who: str, method: str, service: str, path: str, **what: Any) -> Answer | None:
        """Asked again under one key until it is answered; nothing when everything stops before.

        `twin`: the same is asked elsewhere at the same time, so that a replayed answer shows nothing of this one.
        """
        key, twin, doubtful, denials = what.pop("key", "") or str(uuid4()), what.pop("twin", False), False, 0
        while True:
            called = time.monotonic_ns()
            answer = await self.once(who, method, service, path, key=key, **what)
            if answer is not None and answer.status_code not in NO_ANSWER:
                known = self._known(answer, doubtful=doubtful, called=called)
                self._compare(known, doubtful=doubtful or twin, denials=denials)
                return known
            denials += answer is not None and DENIES in answer.text.lower()
            doubtful |= answer is None or DENIES not in answer.text.lower()
            if self.stopped.is_set():
                return None
            await asyncio.sleep(self.chance.uniform(*AGAIN_AFTER))

    def _known(self, answer: httpx.Response, *, doubtful: bool, called: int) -> Answer:
        replayed = "idempotency-replayed" in answer.headers
        return Answer(answer.status_code, answer.json() if answer.content else None, replayed, doubtful, called)

    def _compare(self, known: Answer, *, doubtful: bool, denials: int) -> None:
        """All that came before denied having done anything, and yet it was done."""
        if denials:
            self.tally.denied["said"] += denials
            self.tally.denied["false"] += known.replayed and not doubtful
