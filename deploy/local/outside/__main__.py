"""python -m deploy.local.outside HTTP_PORT SMTP_PORT RECEIPTS_URL, with OUTSIDE_TOKEN and OUTSIDE_SECRET set."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette

from deploy.local.outside import pages
from deploy.local.outside.gateway import Gateway
from deploy.local.outside.mailbox import Mailbox


def application(gateway: Gateway, smtp_port: int) -> Starlette:
    mailbox = Mailbox()

    @asynccontextmanager
    async def open_for_mail(_: Starlette) -> AsyncIterator[None]:
        reporting = asyncio.create_task(gateway.report())
        async with await mailbox.listen(smtp_port):
            yield
        reporting.cancel()

    routes = [*gateway.routes(), *mailbox.routes(), *pages.routes(gateway, mailbox)]
    return Starlette(routes=routes, lifespan=open_for_mail)


if __name__ == "__main__":
    http_port, smtp_port, receipts_url = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    gateway = Gateway(os.environ["OUTSIDE_TOKEN"], os.environ["OUTSIDE_SECRET"], receipts_url)
    uvicorn.run(application(gateway, smtp_port), host="127.0.0.1", port=http_port, access_log=False)
