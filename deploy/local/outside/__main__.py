"""python -m deploy.local.outside HTTP_PORT SMTP_PORT RECEIPTS_URL, with OUTSIDE_TOKEN and OUTSIDE_SECRET set."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette

from deploy.local.outside import faults, pages
from deploy.local.outside.brevo import Brevo
from deploy.local.outside.gateway import Gateway
from deploy.local.outside.mailbox import Mailbox
from deploy.local.outside.ovh import Ovh
from deploy.local.outside.phones import Phones
from deploy.local.outside.reports import Reports


def application(token: str, secret: str, receipts_url: str, smtp_port: int) -> Starlette:
    """`receipts_url` ends with «/sms»: the other providers are told beside it."""
    phones, mailbox, client = Phones(), Mailbox(), httpx.AsyncClient(timeout=5)
    receipts = receipts_url.removesuffix("/sms")
    answers = f"{receipts.removesuffix('/receipts')}/answers"
    gateway = Gateway(token, secret, receipts, answers, phones, client)
    ovh, brevo = Ovh(secret, receipts, answers, phones, client), Brevo(secret, receipts, phones, client)
    ways = {"gateway": gateway.report, "ovh": ovh.report, "brevo": brevo.report}
    replies = {"gateway": gateway.answer, "ovh": ovh.answer, "brevo": brevo.answer}
    reports = Reports(phones, mailbox, ways, replies, secret, receipts, client)

    @asynccontextmanager
    async def open_for_mail(_: Starlette) -> AsyncIterator[None]:
        reporting = asyncio.create_task(reports.run())
        async with await mailbox.listen(smtp_port):
            yield
        reporting.cancel()

    speaking = (gateway, ovh, brevo, mailbox, reports)
    routes = [route for speaker in speaking for route in speaker.routes()]
    return Starlette(routes=[*routes, *faults.routes(phones), *pages.routes(phones, mailbox)], lifespan=open_for_mail)


if __name__ == "__main__":
    http_port, smtp_port, receipts_url = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    app = application(os.environ["OUTSIDE_TOKEN"], os.environ["OUTSIDE_SECRET"], receipts_url, smtp_port)
    uvicorn.run(app, host="127.0.0.1", port=http_port, access_log=False)
