"""Brevo's transactional SMS as its documentation tells it: api-key, send, events by tag, webhook with a bearer token.

Errors: 401 unauthorized, 400 invalid_parameter, 402 not_enough_credits, 503.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.outside.faults import troubled
from deploy.local.outside.phones import REFUSED, Message, Phones

NAME = "brevo"
LONGEST_SENDER = 11


@dataclass
class Brevo:
    """`secret` is the API key, and the token of the webhook."""

    secret: str
    receipts_url: str
    phones: Phones
    client: httpx.AsyncClient

    def routes(self) -> list[Route]:
        def busy() -> Response:
            return problem(503, "service_unavailable", "Service unavailable")

        path = "/brevo/v3/transactionalSMS"
        return [
            Route(f"{path}/send", troubled(self.phones, NAME, busy, self.send), methods=["POST"]),
            Route(f"{path}/statistics/events", troubled(self.phones, NAME, busy, self.events), methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        if request.headers.get("api-key") != self.secret:
            return problem(401, "unauthorized", "Key not found")
        asked = await request.json()
        if len(asked["sender"]) > LONGEST_SENDER or asked["recipient"].endswith(REFUSED):
            return problem(400, "invalid_parameter", "Invalid telephone number")
        number = f"+{asked['recipient']}"
        message = Message(asked.get("tag", ""), asked["sender"], number, asked["content"], NAME, self.phones.numbers())
        return JSONResponse({"messageId": self.phones.receive(message).id}, 201)

    async def events(self, request: Request) -> Response:
        if request.headers.get("api-key") != self.secret:
            return problem(401, "unauthorized", "Key not found")
        messages = self.phones.of(NAME, request.query_params.get("tags", ""))
        events = [
            {"phoneNumber": message.to, "date": message.at, "messageId": message.id, "event": "sent"}
            for message in messages
        ]
        return JSONResponse({"events": events})

    async def report(self, messages: Sequence[Message]) -> bool:
        """One call a message."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        for message in messages:
            status = "hard_bounce" if message.fails else "delivered"
            report = {
                "id": 1, "to": message.to.removeprefix("+"), "sms_count": 1, "credits_used": 0.6, "date": message.at,
                "messageId": message.id, "msg_status": status, "type": "transactional", "description": status,
            }  # fmt: skip
            answer = await self.client.post(f"{self.receipts_url}/brevo/{NAME}", json=report, headers=headers)
            if not answer.is_success:
                return False
        return True

    async def answer(self, number: str, text: str) -> None:
        """The owner of a telephone writes back."""
        report = {"msg_status": "replied", "to": number.removeprefix("+"), "reply": text}
        headers = {"Authorization": f"Bearer {self.secret}"}
        await self.client.post(f"{self.receipts_url}/brevo/{NAME}", json=report, headers=headers)


def problem(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status)
