"""The telephones of the demonstration: what their owners received, whoever carried it."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Literal

REFUSED, FAILING = "0000", "0001"  # numbers that end so
MOST = 20_000  # messages

Fault = Literal["none", "slow", "late", "refuse", "time_out", "never_deliver"]
FAULTS: dict[Fault, str] = {
    "none": "Tout va bien",
    "slow": "Répond lentement",
    "late": "Prend le message quand on ne l'attend plus",
    "refuse": "Refuse tout",
    "time_out": "Ne répond plus",
    "never_deliver": "Accepte et ne livre pas",
}


@dataclass(frozen=True)
class Message:
    """`id` is the provider's, `reference` ours as far as the provider knows it. `valid_for` is in minutes."""

    reference: str
    sender: str
    to: str
    text: str
    provider: str = "gateway"
    id: int = 0
    valid_for: int = 0
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @property
    def fails(self) -> bool:
        return self.to.endswith(FAILING)


@dataclass
class Phones:
    """`faults`: how each provider behaves just now, for how many `seconds`; the requests that it has `held` back."""

    messages: OrderedDict[tuple[str, int], Message] = field(default_factory=OrderedDict)
    unreported: list[Message] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    held: defaultdict[str, list[asyncio.Event]] = field(default_factory=lambda: defaultdict(list))
    numbers: Callable[[], int] = field(default_factory=lambda: count(100_001).__next__)

    def fault(self, provider: str) -> Fault:
        return self.faults.get(provider, "none")

    async def hold(self, provider: str, seconds: float) -> None:
        """Do nothing for that long, or as long as its fault was asked for, or until somebody lets go."""
        if not seconds:
            return
        go_on = asyncio.Event()
        self.held[provider].append(go_on)
        with suppress(TimeoutError):
            await asyncio.wait_for(go_on.wait(), self.seconds.get(provider) or seconds)
        self.held[provider].remove(go_on)

    def receive(self, message: Message) -> Message:
        """One that is accepted and never delivered is on no telephone, and nobody reports it."""
        self.messages[message.provider, message.id] = message
        while len(self.messages) > MOST:
            self.messages.popitem(last=False)
        if self.fault(message.provider) != "never_deliver":
            self.unreported.append(message)
        return message

    def carrier(self, number: str) -> str:
        """Who brought the last message to that telephone."""
        return next(
            (message.provider for message in reversed(self.messages.values()) if message.to == number), "gateway"
        )

    def of(self, provider: str, reference: str) -> list[Message]:
        return [
            message
            for message in reversed(self.messages.values())
            if (message.provider, message.reference) == (provider, reference)
        ]
