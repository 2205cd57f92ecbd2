"""Brevo's transactional SMS, API v3. `token` is the API key, `account` is not used.

It has no reference of ours that counts once and no period of validity, and its list of events is late: a message
without an answer is asked about by its tag; found, it was sent; not found proves nothing. Receipts and people's answers
come by the `webUrl` or the account's webhook, with the bearer token that we give. Sources: «Send transactional SMS»,
«Transactional webhooks», «Secure webhook calls».
"""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

import orjson

from services.notifications.delivery.http import Answer, Line, Silence
from services.notifications.settings import SmsAccount
from services.notifications.usecases.outgoing import Lookup, Outcome, OutgoingMessage, Refused, Sent, Trouble, Unclear

WRONG_PARAMETER, WRONG_NUMBER = "invalid_parameter", "telephone number"  # «code», and what its «message» speaks of
STATUS = {"delivered": "delivered", "hard_bounce": "failed", "hardBounces": "failed", "rejected": "failed",
          "blacklisted": "failed", "soft_bounce": "expired", "softBounces": "expired"}  # fmt: skip
REASONS = {"delivered": "", "failed": "numéro injoignable", "expired": "téléphone éteint ou hors réseau trop longtemps"}
STOPS = frozenset({"unsubscribe", "unsubscribed", "blacklisted"})


@dataclass(frozen=True)
class Brevo:
    account: SmsAccount
    line: Line
    sender: str
    may_be_asked: bool = True

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, outgoing: OutgoingMessage) -> Outcome:
        message = {
            "sender": self.sender, "recipient": outgoing.to.removeprefix("+"), "content": outgoing.text,
            "type": "transactional", "tag": str(outgoing.notice_id), "unicodeEnabled": False,
        }  # fmt: skip
        try:
            answer = await self._ask("POST", "/transactionalSMS/send", orjson.dumps(message))
        except Silence as silence:
            return silence.outcome(self.name)
        if answer.taken:
            return Sent(self.name, str(answer.json["messageId"]))
        code = answer.word("code")
        of_the_number = code == WRONG_PARAMETER and WRONG_NUMBER in str(answer.json.get("message"))
        failure: Trouble = "permanent" if of_the_number else "temporary"
        return Refused(failure, f"{self.name} refuse ({answer.status} {code})")

    async def find(self, reference: UUID) -> Lookup:
        asked = urlencode({"tags": str(reference), "days": 2})
        try:
            answer = await self._ask("GET", f"/transactionalSMS/statistics/events?{asked}")
        except Silence as silence:
            return Unclear(str(silence))
        events = answer.json.get("events", []) if answer.taken else []
        return Sent(self.name, str(events[0]["messageId"])) if events else Unclear("pas encore dans la liste")

    async def close(self) -> None:
        await self.line.close()

    async def _ask(self, method: str, path: str, body: bytes = b"") -> Answer:
        headers = {"api-key": self.account.token.get_secret_value(), "Content-Type": "application/json"}
        return await self.line.ask(method, f"{self.account.url}{path}", headers, body)
