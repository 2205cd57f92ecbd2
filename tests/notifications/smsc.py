"""An SMSC, for tests: it takes messages by SMPP, tells what became of them, and what people write back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import smpp34
from pydantic import SecretStr
from smpp34 import _smpp34

from deploy.local.servers import free_ports
from services.notifications.settings import SmsAccount
from services.notifications.texts.gsm7 import decode


@dataclass
class Smsc:
    """Numbers that end in 0000 are wrong. `silent`: it takes messages and never answers."""

    port: int
    silent: bool = False
    texts: list[tuple[str, str]] = field(default_factory=list)
    phones: list[smpp34.Esme] = field(default_factory=list)
    bound: asyncio.Event = field(default_factory=asyncio.Event)
    _unanswered: list[smpp34.SubmitSmEvent] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def opened(cls) -> AsyncIterator["Smsc"]:
        smsc = cls(free_ports(1)[0])
        server = smpp34.Server("127.0.0.1", smsc.port, system_id="smsc")
        await server.start()
        task = asyncio.create_task(smsc.serve(server))
        yield smsc
        task.cancel()
        await server.stop()

    async def serve(self, server: smpp34.Server) -> None:
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self.phones.append(event)
                self.bound.set()
            elif isinstance(event, smpp34.SubmitSmEvent):
                await self.take(event)

    async def take(self, event: smpp34.SubmitSmEvent) -> None:
        """A message that is too long for its field travels beside it."""
        if event.destination_addr.endswith("0000"):
            event.reject(_smpp34.ESME_RINVDSTADR)
            return
        beside = [tlv.value for tlv in event.tlvs if tlv.tag == _smpp34.TLV_MESSAGE_PAYLOAD]
        self.texts.append((f"+{event.destination_addr}", decode(event.short_message or beside[0])))
        if self.silent:
            self._unanswered.append(event)
            return
        event.accept(f"m{len(self.texts)}")

    async def deliver(self, message: bytes, sender: str = "", esm_class: int = 0, data_coding: int = 0) -> None:
        """Over the session that was bound last."""
        await self.phones[-1].deliver_sm(
            "PassNumeriq", message, source_addr=sender, esm_class=esm_class, data_coding=data_coding
        )


def account(port: int) -> SmsAccount:
    secret, url = SecretStr("secret"), f"smpp://127.0.0.1:{port}"
    return SmsAccount(name="smpp", kind="smpp", url=url, user="pass", token=secret, secret=secret)
