"""OVHcloud SMS, API v1: signed requests, one job a message, found again by its tag.

`user`, `token` and `consumer` are the application's key and secret and the consumer's key, `account` the name of the
SMS service. Receipts come by the account's `callBack` address, with id, ptt, date, description and descriptionDlr in
its query. Sources: «API SMS Cookbook», «Tout savoir sur les utilisateurs SMS», the API's schema.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from services.notifications.delivery.http import Answer, Line, Silence
from services.notifications.settings import SmsAccount
from services.notifications.usecases.outgoing import Absent, Lookup, Outcome, OutgoingMessage, Refused, Sent, Unclear

TAG = 20  # characters, at most
DELIVERED, EXPIRED = "4", frozenset({"8", "21", "24"})  # «ptt»
NO_NEWS = frozenset({"", "0", "1", "2", "3"})
SUCCESS, FAILED = "1", frozenset({"2", "16"})  # «description», the id of the dlr


@dataclass(frozen=True)
class Ovh:
    account: SmsAccount
    line: Line
    sender: str
    may_be_asked: bool = True

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, outgoing: OutgoingMessage) -> Outcome:
        """Hand it over. No advertisement, so no STOP clause: it would cost characters and forbid the week-end."""
        job = {
            "sender": self.sender, "receivers": [outgoing.to], "message": outgoing.text, "tag": tag(outgoing.notice_id),
            "noStopClause": True, "priority": "high", "coding": "7bit", "charset": "UTF-8",
            "validityPeriod": outgoing.valid_for,
        }  # fmt: skip
        try:
            answer = await self._ask("POST", "/jobs", job)
        except Silence as silence:
            return silence.outcome(self.name)
        if answer.taken:
            return self._taken(answer.json)
        code = answer.word("errorCode") or "sans explication"
        return Refused("temporary", f"{self.name} refuse ({answer.status} {code})")

    def _taken(self, job: Mapping[str, Any]) -> Outcome:
        """A number that is wrong stands in a list; every refusal of the whole is our account's or theirs."""
        if job["ids"]:
            return Sent(self.name, str(job["ids"][0]))
        if job.get("invalidReceivers"):
            return Refused("permanent", f"{self.name} : numéro refusé")
        return Refused("temporary", f"{self.name} : message refusé sans explication")

    async def find(self, reference: UUID) -> Lookup:
        """Look for its tag among the sent; as long as any job is still waiting, ours may be among them.

        Jobs first: what leaves them meanwhile is then among the sent.
        """
        try:
            waiting = await self._ask("GET", "/jobs")
            sent = await self._ask("GET", f"/outgoing?tag={tag(reference)}")
        except Silence as silence:
            return Unclear(str(silence))
        if not (sent.taken and waiting.taken):
            return Unclear(f"{sent.status}, {waiting.status}")
        if ids := sent.json:
            return Sent(self.name, str(ids[0]))
        return Unclear("encore en attente") if waiting.json else Absent()

    async def close(self) -> None:
        await self.line.close()

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        url = f"{self.account.url}/sms/{self.account.account}{path}"
        content = orjson.dumps(body) if body else b""
        return await self.line.ask(method, url, self._signed(method, url, content.decode()), content)

    def _signed(self, method: str, url: str, content: str) -> dict[str, str]:
        now = str(int(time.time()))
        secret, consumer = self.account.token.get_secret_value(), self.account.consumer.get_secret_value()
        whole = f"{secret}+{consumer}+{method}+{url}+{content}+{now}"
        return {
            "Content-Type": "application/json",
            "X-Ovh-Application": self.account.user,
            "X-Ovh-Consumer": consumer,
            "X-Ovh-Timestamp": now,
            "X-Ovh-Signature": f"$1${hashlib.sha1(whole.encode()).hexdigest()}",  # noqa: S324 - their scheme
        }


def tag(reference: UUID) -> str:
    """Give the random end of our reference: 62 bits of chance and more."""
    return reference.hex[-TAG:]


def status_of(ptt: str, dlr: str) -> tuple[str, str] | None:
    """Read what a receipt means to us, and why; None for news from the way."""
    ptt = ptt if ptt.isdigit() else ""
    if ptt == DELIVERED or dlr == SUCCESS:
        return "delivered", ""
    if ptt in EXPIRED:
        return "expired", f"téléphone éteint ou hors réseau trop longtemps (ptt {ptt})"
    if dlr in FAILED or ptt not in NO_NEWS:
        return "failed", f"numéro injoignable (ptt {ptt})"
    return None
