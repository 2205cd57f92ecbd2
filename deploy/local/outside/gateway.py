"""A local SMS provider: takes messages by HTTP, «delivers» them to a page, and posts signed receipts.

Numbers that end in 0000 are refused at once; those that end in 0001 are taken, and fail afterwards.
"""

import asyncio
import contextlib
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
TRIES = 20  # for a receipt, half a second apart


@dataclass(frozen=True)
class Message:
    reference: str
    sender: str
    to: str
    text: str
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


@dataclass
class Gateway:
    """`token` is asked of senders, `secret` signs the receipts posted to `receipts_url`."""

    token: str
    secret: str
    receipts_url: str
    messages: OrderedDict[str, Message] = field(default_factory=OrderedDict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
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
        task = asyncio.create_task(self.report(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def report(self, message: Message) -> None:
        failed = message.to.endswith(FAILING)
        told = {"reference": message.reference, "status": "failed" if failed else "delivered"}
        body = json.dumps({**told, "reason": "numéro injoignable" if failed else ""}).encode()
        signed = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Signature": signed, "Content-Type": "application/json"}
        for _ in range(TRIES):
            await asyncio.sleep(0.5)
            with contextlib.suppress(httpx.HTTPError):
                if (await self.client.post(self.receipts_url, content=body, headers=headers)).is_success:
                    return

    async def taken(self, _: Request) -> Response:
        return JSONResponse([asdict(message) for message in self.messages.values()])
