"""A plain HTTP gateway: takes messages under their reference, and posts signed receipts.

Numbers that end in 0000 are refused at once; those that end in 0001 are taken, and fail afterwards.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.outside.faults import troubled
from deploy.local.outside.phones import REFUSED, Message, Phones

NAME = "gateway"


def receipt(message: Message) -> dict[str, str]:
    if message.fails:
        return {"reference": message.reference, "status": "failed", "reason": "numéro injoignable"}
    return {"reference": message.reference, "status": "delivered", "reason": ""}


def signed(secret: str, body: bytes) -> dict[str, str]:
    """The headers of what is posted: HMAC-SHA256 of its time and its body."""
    at = str(int(time.time()))
    signature = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": at, "X-Signature": signature}


@dataclass
class Gateway:
    """`token` is asked of senders, `secret` signs what is posted under `receipts_url`."""

    token: str
    secret: str
    receipts_url: str
    answers_url: str
    phones: Phones
    client: httpx.AsyncClient

    def routes(self) -> list[Route]:
        def busy() -> Response:
            return JSONResponse({"error": "unavailable"}, 503)

        return [
            Route("/messages/{reference}", troubled(self.phones, NAME, busy, self.take), methods=["PUT"]),
            Route("/messages/{reference}", troubled(self.phones, NAME, busy, self.tell), methods=["GET"]),
            Route("/messages.json", self.taken, methods=["GET"]),
        ]

    async def take(self, request: Request) -> Response:
        """The same reference again is the same message: it is not sent twice."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": "unknown token"}, 401)
        reference, asked = request.path_params["reference"], await request.json()
        if asked["to"].endswith(REFUSED):
            return JSONResponse({"error": "unknown number"}, 422)
        if not (known := self.phones.of(NAME, reference)):
            written = (asked["from"], asked["to"], asked["text"])
            new = Message(reference, *written, NAME, self.phones.numbers(), asked["valid_for"])
            known = [self.phones.receive(new)]
        return JSONResponse({"id": f"local-{known[0].reference}"}, 202)

    async def tell(self, request: Request) -> Response:
        known = self.phones.of(NAME, request.path_params["reference"])
        return JSONResponse({"id": f"local-{known[0].reference}"}) if known else JSONResponse({"error": "unknown"}, 404)

    async def report(self, messages: Sequence[Message]) -> bool:
        """Together."""
        body = json.dumps([receipt(message) for message in messages]).encode()
        headers = signed(self.secret, body) | {"Content-Type": "application/json"}
        return (await self.client.post(f"{self.receipts_url}/sms", content=body, headers=headers)).is_success

    async def answer(self, number: str, text: str) -> None:
        """The owner of a telephone writes back."""
        body = json.dumps({"sender": number, "text": text}).encode()
        headers = signed(self.secret, body) | {"Content-Type": "application/json"}
        await self.client.post(f"{self.answers_url}/sms", content=body, headers=headers)

    async def taken(self, _: Request) -> Response:
        return JSONResponse([asdict(message) for message in self.phones.messages.values()])
