"""An SMS provider that speaks HTTP: PUT under our own reference, so that asking twice sends once."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

import httpx

from services.notifications.delivery.outcome import Outcome, Refused, Sent, Trouble

PERMANENT = frozenset({400, 404, 410, 422})


@dataclass(frozen=True)
class SmsProvider:
    """`client` has the provider's base URL, its token and a time limit."""

    name: str
    client: httpx.AsyncClient
    sender: str

    async def send(self, reference: UUID, to: str, text: str) -> Outcome:
        message = {"from": self.sender, "to": to, "text": text}
        try:
            answer = await self.client.put(f"/messages/{reference}", json=message)
        except httpx.HTTPError as error:
            return Refused("temporary", f"le fournisseur de SMS ne répond pas ({type(error).__name__})")
        if answer.is_success:
            return Sent(self.name, str(answer.json()["id"]))
        failure: Trouble = "permanent" if answer.status_code in PERMANENT else "temporary"
        return Refused(failure, f"le fournisseur de SMS refuse ({answer.status_code})")


def signature(secret: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal: the provider signs the receipts that it posts to us."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
