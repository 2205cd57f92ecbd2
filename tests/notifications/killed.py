"""python -m tests.notifications.killed URL HTTP_PORT SMTP_PORT SMPP_PORT KIND: it sends until it is killed."""

import asyncio
import sys
from datetime import timedelta
from typing import Any

from services.notifications.app import create_site
from services.notifications.delivery import Dispatch, ask_about_unclear
from services.notifications.settings import Settings
from tests import actors
from tests.notifications.smsc import account
from tests.outside import Outside

SOON = timedelta(seconds=1)


def settings_for(url: str, outside: Outside, kind: str, smpp_port: int) -> Settings:
    """Unclear messages are asked about after a second, instead of a minute."""
    by_http = [] if kind in {"email", "smpp"} else outside.accounts(kind)
    sms = [account(smpp_port).model_dump()] if kind == "smpp" else by_http
    more: dict[str, Any] = {**outside.settings(), "sms": sms, "quiet_hours": False}
    more |= {"interrupted_after": SOON, "unknown_after": timedelta(seconds=4), "provider_answers_within": SOON}
    return actors.settings_for(Settings, url, **more)


async def send_for_ever(settings: Settings) -> None:
    database, dispatch = create_site(settings).runtime.database, Dispatch.of(settings)
    sys.stdout.write("sending\n")
    sys.stdout.flush()
    while True:
        await dispatch.run(database)
        await ask_about_unclear(database, dispatch)
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    url, http, smtp, smpp, kind = sys.argv[1:]
    asyncio.run(send_for_ever(settings_for(url, Outside(int(http), int(smtp)), kind, int(smpp))))
