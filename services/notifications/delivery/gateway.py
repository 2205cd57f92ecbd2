"""A gateway that speaks plain HTTP: PUT under our own reference, so that asking twice sends once.

`PUT /messages/{reference}` takes from, to, text and answers 202 with its id; `GET` of the same tells whether it is
there. Receipts come as a list, signed with HMAC-SHA256 over their time and body.
"""

from dataclasses import dataclass
from uuid import UUID

import httpx

from services.notifications.delivery.outcome import Absent, Found, Outcome, Refused, Sent, Trouble, Unclear
from services.notifications.delivery.seam import unanswered

PERMANENT = frozenset({400, 404, 410, 422})


@dataclass(frozen=True)
class Gateway:
    """`client` has the base URL, the token and a time limit."""

    name: str
    client: httpx.AsyncClient
    sender: str
    may_be_asked: bool = True

    async def send(self, reference: UUID, to: str, text: str) -> Outcome:
        message = {"from": self.sender, "to": to, "text": text}
        try:
            answer = await self.client.put(f"/messages/{reference}", json=message)
        except httpx.HTTPError as error:
            return unanswered(self.name, error)
        if answer.is_success:
            return Sent(self.name, str(answer.json()["id"]))
        failure: Trouble = "permanent" if answer.status_code in PERMANENT else "temporary"
        return Refused(failure, f"{self.name} refuse ({answer.status_code})")

    async def find(self, reference: UUID) -> Found:
        try:
            answer = await self.client.get(f"/messages/{reference}")
        except httpx.HTTPError as error:
            return Unclear(type(error).__name__)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return Absent()
        return Sent(self.name, str(answer.json()["id"])) if answer.is_success else Unclear(str(answer.status_code))
