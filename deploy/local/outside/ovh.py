"""OVHcloud SMS as its documentation tells it: signed requests, jobs, outgoing messages by tag, calls of `callBack`.

Errors: 400 INVALID_SIGNATURE, 403 INVALID_CREDENTIAL, 404 for another service, 402 without credit, 503.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.local.outside.faults import troubled
from deploy.local.outside.phones import REFUSED, Message, Phones

NAME = "ovh"
APPLICATION, SERVICE = "demo-application", "sms-dm00001-1"
DELIVERED, UNREACHABLE = ("4", "1", "Success"), ("23", "2", "Failed")  # ptt, dlr, its description


@dataclass
class Ovh:
    """`secret` is the application's and the consumer's, and stands in the callback's address."""

    secret: str
    receipts_url: str
    answers_url: str
    phones: Phones
    client: httpx.AsyncClient

    def routes(self) -> list[Route]:
        def busy() -> Response:
            return problem(503, "SERVICE_UNAVAILABLE", "Service unavailable")

        path = "/ovh/1.0/sms/{service}"
        return [
            Route(f"{path}/jobs", troubled(self.phones, NAME, busy, self.send), methods=["POST"]),
            Route(f"{path}/jobs", troubled(self.phones, NAME, busy, self.waiting), methods=["GET"]),
            Route(f"{path}/outgoing", troubled(self.phones, NAME, busy, self.outgoing), methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        if refusal := await self.refused(request):
            return refusal
        asked = await request.json()
        wrong = [number for number in asked["receivers"] if number.endswith(REFUSED)]
        right = [number for number in asked["receivers"] if number not in wrong]
        taken = [self.phones.receive(self.message(asked, number)).id for number in right]
        report = {"totalCreditsRemoved": len(taken), "ids": taken, "validReceivers": right, "invalidReceivers": wrong}
        return JSONResponse(report)

    def message(self, asked: Mapping[str, Any], number: str) -> Message:
        written = (asked["sender"], number, asked["message"])
        return Message(asked.get("tag", ""), *written, NAME, self.phones.numbers(), asked["validityPeriod"])

    async def waiting(self, request: Request) -> Response:
        return await self.refused(request) or JSONResponse([])

    async def outgoing(self, request: Request) -> Response:
        messages = self.phones.of(NAME, request.query_params.get("tag", ""))
        return await self.refused(request) or JSONResponse([message.id for message in messages])

    async def refused(self, request: Request) -> Response | None:
        given = request.headers
        if given.get("x-ovh-application") != APPLICATION or given.get("x-ovh-consumer") != self.secret:
            return problem(403, "INVALID_CREDENTIAL", "This credential is not valid")
        whole = [self.secret, self.secret, request.method, str(request.url), (await request.body()).decode()]
        signed = hashlib.sha1("+".join([*whole, given.get("x-ovh-timestamp", "")]).encode()).hexdigest()  # noqa: S324
        if given.get("x-ovh-signature") != f"$1${signed}":
            return problem(400, "INVALID_SIGNATURE", "Invalid signature")
        if request.path_params["service"] != SERVICE:
            return problem(404, "NOT_FOUND", "The requested object does not exist")
        return None

    async def report(self, messages: Sequence[Message]) -> bool:
        """One call a message."""
        for message in messages:
            ptt, dlr, description = UNREACHABLE if message.fails else DELIVERED
            report = {
                "id": message.id,
                "ptt": ptt,
                "date": message.at,
                "description": dlr,
                "descriptionDlr": description,
            }
            url = f"{self.receipts_url}/ovh/{NAME}/{self.secret}?{urlencode(report)}"
            if not (await self.client.get(url)).is_success:
                return False
        return True

    async def answer(self, number: str, text: str) -> None:
        """The owner of a telephone writes back."""
        report = {"number": number.removeprefix("+"), "message": text}
        await self.client.get(f"{self.answers_url}/ovh/{NAME}/{self.secret}?{urlencode(report)}")


def problem(status: int, code: str, message: str) -> Response:
    problem = {"class": f"Client::{code}", "errorCode": code, "httpCode": str(status), "message": message}
    return JSONResponse(problem, status)
