"""What was taken is told a moment later, by each provider in its own way; STOP too, and e-mails that come back."""

import asyncio
import contextlib
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
Reply = Callable[[str, str], Awaitable[None]]


@dataclass
class Reports:
    """`ways`: how each provider reports; what could not be told is told again. `replies`: how it tells of an answer."""

    phones: Phones
    mailbox: Mailbox
    ways: Mapping[str, Report]
    replies: Mapping[str, Reply]
    secret: str
    receipts_url: str
    client: httpx.AsyncClient

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(REPORT_EVERY)
            messages, self.phones.unreported = self.phones.unreported, []
            for provider, report in self.ways.items():
                await self._tell([message for message in messages if message.provider == provider], report)
            returned, self.mailbox.returned = self.mailbox.returned, []
            for raw in returned:
                await self._come_back(raw)

    async def _tell(self, messages: Sequence[Message], report: Report) -> None:
        try:
            done = not messages or await report(messages)
        except httpx.HTTPError:
            done = False
        if not done:
            self.phones.unreported = [*messages, *self.phones.unreported]

    async def _come_back(self, raw: bytes) -> None:
        headers = signed(self.secret, raw) | {"Content-Type": "message/rfc822"}
        with contextlib.suppress(httpx.HTTPError):
            await self.client.post(f"{self.receipts_url}/mail", content=raw, headers=headers)

    def routes(self) -> list[Route]:
        async def stop(request: Request) -> Response:
            """The owner of a telephone writes back, to whom brought the last message."""
            form = await request.form()
            number = str(form["to"])
            with contextlib.suppress(httpx.HTTPError):
                await self.replies[self.phones.carrier(number)](number, str(form.get("text", "STOP")))
            return RedirectResponse("/telephones", 303)

        return [Route("/stop", stop, methods=["POST"])]
