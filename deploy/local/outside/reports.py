"""What was taken is told a moment later, by each provider in its own way; STOP too, and e-mails that come back."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.local.outside.gateway import signed
from deploy.local.outside.mailbox import Mailbox
from deploy.local.outside.phones import Message, Phones

REPORT_EVERY = 0.5  # seconds

Report = Callable[[Sequence[Message]], Awaitable[bool]]


@dataclass
class Reports:
    """`ways`: how each provider reports. What could not be told is told again."""

    phones: Phones
    mailbox: Mailbox
    ways: Mapping[str, Report]
    secret: str
    receipts_url: str
    client: httpx.AsyncClient

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(REPORT_EVERY)
            told, self.phones.unreported = self.phones.unreported, []
            for provider, report in self.ways.items():
                await self._tell([one for one in told if one.provider == provider], report)
            returned, self.mailbox.returned = self.mailbox.returned, []
            for raw in returned:
                await self._post("receipts/mail", raw, "message/rfc822")

    async def _tell(self, messages: Sequence[Message], report: Report) -> None:
        try:
            done = not messages or await report(messages)
        except httpx.HTTPError:
            done = False
        if not done:
            self.phones.unreported = [*messages, *self.phones.unreported]

    async def _post(self, path: str, body: bytes, kind: str) -> None:
        url = f"{self.receipts_url.rpartition('/')[0]}/{path}"
        headers = signed(self.secret, body) | {"Content-Type": kind}
        try:
            await self.client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return

    def routes(self) -> list[Route]:
        async def stop(request: Request) -> Response:
            """The owner of a telephone writes back."""
            form = await request.form()
            body = json.dumps({"sender": str(form["to"]), "text": str(form.get("text", "STOP"))}).encode()
            await self._post("answers/sms", body, "application/json")
            return RedirectResponse("/telephones", 303)

        return [Route("/stop", stop, methods=["POST"])]
