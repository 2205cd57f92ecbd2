"""A gateway that speaks plain HTTP: PUT under our own reference, so that asking twice sends once.

`PUT /messages/{reference}` takes from, to, text and valid_for (minutes), and answers 202 with its id, or 422 when the
number is wrong; `GET` of the same tells whether it is there. Receipts come as a list, signed with HMAC-SHA256 over
their time and body.
"""

from dataclasses import dataclass
from uuid import UUID

import orjson

from services.notifications.delivery.http import Answer, Line, Silence
from services.notifications.settings import SmsAccount
from services.notifications.usecases.outgoing import (
    Absent,
    Lookup,
    Outcome,
    OutgoingMessage,
    Refused,
    Sent,
    Trouble,
    Unclear,
)

NOT_FOUND, WRONG_NUMBER = 404, 422
REASONS = {"failed": "numéro injoignable", "expired": "téléphone éteint ou hors réseau trop longtemps"}


@dataclass(frozen=True)
class Gateway:
    account: SmsAccount
    line: Line
    sender: str
    may_be_asked: bool = True

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, outgoing: OutgoingMessage) -> Outcome:
        message = {"from": self.sender, "to": outgoing.to, "text": outgoing.text, "valid_for": outgoing.valid_for}
        try:
            answer = await self._ask("PUT", outgoing.notice_id, orjson.dumps(message))
        except Silence as silence:
            return silence.outcome(self.name)
        if answer.taken:
            return Sent(self.name, str(answer.json["id"]))
        failure: Trouble = "permanent" if answer.status == WRONG_NUMBER else "temporary"
        return Refused(failure, f"{self.name} refuse ({answer.status})")

    async def find(self, reference: UUID) -> Lookup:
        try:
            answer = await self._ask("GET", reference)
        except Silence as silence:
            return Unclear(str(silence))
        if answer.status == NOT_FOUND:
            return Absent()
        return Sent(self.name, str(answer.json["id"])) if answer.taken else Unclear(str(answer.status))

    async def close(self) -> None:
        await self.line.close()

    async def _ask(self, method: str, reference: UUID, body: bytes = b"") -> Answer:
        token = self.account.token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return await self.line.ask(method, f"{self.account.url}/messages/{reference}", headers, body)
