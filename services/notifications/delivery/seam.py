"""The seam behind which every provider of SMS looks the same. One more is one more file."""

from typing import Protocol
from uuid import UUID

import httpx

from services.notifications.delivery.outcome import Found, Outcome, Refused, Unclear


class SmsProvider(Protocol):
    """`may_be_asked`: it can tell by our reference whether it has a message."""

    @property
    def name(self) -> str: ...

    @property
    def may_be_asked(self) -> bool: ...

    async def send(self, reference: UUID, to: str, text: str) -> Outcome: ...

    async def find(self, reference: UUID) -> Found: ...


NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def unanswered(name: str, error: httpx.HTTPError) -> Refused | Unclear:
    """Without a connection nothing was said; after that, the provider may have understood."""
    said = f"{name} ne répond pas ({type(error).__name__})"
    return Refused("temporary", said) if isinstance(error, NEVER_LEFT) else Unclear(said)
