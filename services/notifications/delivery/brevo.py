"""Brevo's transactional SMS, API v3. `token` is the API key, `account` is not used.

It has no reference of ours that counts once, and its list of events is late: a message without an answer is asked about
by its tag; found, it was sent; not found proves nothing. Receipts and answers of people come by the `webUrl` or the
account's webhook, with the bearer token that we give. Sources: «Send transactional SMS», «Transactional webhooks»,
«Secure webhook calls».
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import orjson

from services.notifications.delivery.outcome import Found, Outcome, Refused, Sent, Trouble, Unclear
from services.notifications.delivery.seam import unanswered
from services.notifications.settings import SmsAccount

OF_THE_NUMBER = frozenset({"invalid_parameter", "out_of_range", "missing_parameter"})  # «code»
STATUS = {"delivered": "delivered", "hard_bounce": "failed", "hardBounces": "failed", "rejected": "failed",
          "blacklisted": "failed", "soft_bounce": "expired", "softBounces": "expired"}  # fmt: skip
STOPS = frozenset({"unsubscribe", "unsubscribed", "blacklisted"})


@dataclass(frozen=True)
class Brevo:
    account: SmsAccount
    client: httpx.AsyncClient
    sender: str
    may_be_asked: bool = True

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, reference: UUID, to: str, text: str) -> Outcome:
        message = {
            "sender": self.sender, "recipient": to.removeprefix("+"), "content": text, "type": "transactional",
            "tag": str(reference), "unicodeEnabled": False,
        }  # fmt: skip
        try:
            answer = await self._ask("POST", "/transactionalSMS/send", json=message)
        except httpx.HTTPError as error:
            return unanswered(self.name, error)
        if answer.is_success:
            return Sent(self.name, str(answer.json()["messageId"]))
        code = _code(answer)
        failure: Trouble = "permanent" if code in OF_THE_NUMBER else "temporary"
        return Refused(failure, f"{self.name} refuse ({answer.status_code} {code})")

    async def find(self, reference: UUID) -> Found:
        try:
            asked = {"tags": str(reference), "days": 2}
            answer = await self._ask("GET", "/transactionalSMS/statistics/events", params=asked)
        except httpx.HTTPError as error:
            return Unclear(type(error).__name__)
        events = answer.json().get("events", []) if answer.is_success else []
        return Sent(self.name, str(events[0]["messageId"])) if events else Unclear("pas encore dans la liste")

    async def _ask(self, method: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        key = self.account.token.get_secret_value()
        return await self.client.request(method, f"{self.account.url}{path}", headers={"api-key": key}, **what)


def _code(answer: httpx.Response) -> str:
    try:
        return str(orjson.loads(answer.content).get("code", ""))
    except (orjson.JSONDecodeError, AttributeError):
        return ""
