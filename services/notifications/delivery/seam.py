"""The seam behind which every provider of SMS looks the same. One more is one more file."""

from typing import Protocol
from uuid import UUID

from services.notifications.delivery.outcome import Lookup, Outcome
from services.notifications.usecases.outgoing import OutgoingMessage


class SmsProvider(Protocol):
    """`may_be_asked`: it can tell by our reference whether it has a message."""

    @property
    def name(self) -> str: ...

    @property
    def may_be_asked(self) -> bool: ...

    async def send(self, outgoing: OutgoingMessage) -> Outcome: ...

    async def find(self, reference: UUID) -> Lookup: ...

    async def close(self) -> None: ...
