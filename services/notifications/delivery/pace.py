"""How much may be handed over now: a rate that is not exceeded, and conversations that are not too many."""

import time
from dataclasses import dataclass, field

AT_ONCE = 16  # conversations with one provider: what is urgent waits for one of them to end
BURST = 0.25  # seconds of its rate that may leave together


@dataclass
class RateLimiter:
    """A token bucket of `per_second`; `under_way` counts conversations that have not ended."""

    per_second: float
    under_way: int = 0
    _tokens: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._at = self._most, time.monotonic()

    @property
    def _most(self) -> float:
        return max(self.per_second * BURST, 1)

    def available(self) -> int:
        now = time.monotonic()
        self._tokens = min(self._most, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        return max(0, min(int(self._tokens), AT_ONCE - self.under_way))

    def acquire(self) -> None:
        self._tokens -= 1
        self.under_way += 1

    def release(self) -> None:
        self.under_way -= 1
