"""A local SMS provider: takes messages by HTTP, «delivers» them to a page, and posts signed receipts.

Numbers that end in 0000 are refused at once; those that end in 0001 are taken, and fail afterwards.
"""

import asyncio
import hashlib
import hmac
import json
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

REFUSED, FAILING = "0000", "0001"
KEPT = 5000  # messages
REPORT_EVERY = 0.5  # seconds


@dataclass(frozen=True)
class Message:
    reference: str
    sender: str
    to: str
    text: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


def receipt(message: Message) -> dict[str, str]:
    if message.to.endswith(FAILING):
        return {"reference": message.reference, "status": "failed", "reason": "numéro injoignable"}
    return {"reference": message.reference, "status": "delivered", "reason": ""}


@dataclass
class Gateway:
    """`token` is asked of senders, `secret` signs the receipts posted to `receipts_url`."""

    token: str
    secret: str
    receipts_url: str
    messages: OrderedDict[str, Message] = field(default_factory=OrderedDict)
    unreported: list[dict[str, str]] = field(default_factory=list)
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=5))

    def routes(self) -> list[Route]:
        return [
            Route("/messages/{reference}", self.take, methods=["PUT"]),
            Route("/messages.json", self.taken, methods=["GET"]),
        ]

    async def take(self, request: Request) -> Response:
        """The same reference again is the same message: it is not sent twice."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": "unknown token"}, 401)
        reference, asked = request.path_params["reference"], await request.json()
        if asked["to"].endswith(REFUSED):
            return JSONResponse({"error": "unknown number"}, 422)
        if reference not in self.messages:
            self.keep(Message(reference, asked["from"], asked["to"], asked["text"]))
        return JSONResponse({"id": f"local-{reference}"}, 202)

    def keep(self, message: Message) -> None:
        self.messages[message.reference] = message
        while len(self.messages) > KEPT:
            self.messages.popitem(last=False)
        self.unreported.append(receipt(message))

    async def report(self) -> None:
        """For ever: what was taken is told a moment later, together."""
        while True:
            await asyncio.sleep(REPORT_EVERY)
            told, self.unreported = self.unreported, []
            if told and not await self.reported(told):
                self.unreported = told + self.unreported

    async def reported(self, told: list[dict[str, str]]) -> bool:
        body = json.dumps(told).encode()
        signed = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Signature": signed, "Content-Type": "application/json"}
        try:
            answer = await self.client.post(self.receipts_url, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        return answer.is_success

    async def taken(self, _: Request) -> Response:
        return JSONResponse([asdict(message) for message in self.messages.values()])
