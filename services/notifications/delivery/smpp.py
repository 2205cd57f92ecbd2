"""SMPP 3.4, as operators and aggregators speak it: one bound session, kept open, bound again when it is lost.

`url` is smpp://host:port (smpps:// with TLS), `user` and `token` the system_id and password. A message has no reference
of ours there: one without an answer can't be asked about. Receipts and STOP come over the same session.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

import smpp34
from smpp34 import _smpp34

from services.notifications.delivery.outcome import Found, Outcome, Refused, Sent, Trouble, Unclear
from services.notifications.settings import SmsAccount
from services.notifications.texts.gsm7 import decode, encode

NUMBERS_FAULT = frozenset({_smpp34.ESME_RINVDSTADR, _smpp34.ESME_RINVMSGLEN})
WITH_RECEIPT = 1  # registered_delivery
IS_RECEIPT = 0x04  # esm_class
INTERNATIONAL, ISDN, ALPHANUMERIC = 1, 1, 5  # type and plan of a number
RECEIPT = re.compile(r"id:(\S+).*?stat:(\w+)", re.IGNORECASE | re.DOTALL)
STATUS = {"DELIVRD": "delivered", "EXPIRED": "expired", "UNDELIV": "failed", "REJECTD": "failed", "DELETED": "failed"}


@dataclass(frozen=True)
class FromNetwork:
    """A receipt (`provider_id`, `status`), or what a person wrote (`sender`, `text`)."""

    provider_id: str = ""
    status: str = ""
    sender: str = ""
    text: str = ""


@dataclass
class Smpp:
    account: SmsAccount
    sender: str
    within: float
    may_be_asked: bool = False
    _session: smpp34.Smsc | None = None
    _client: smpp34.Client | None = None
    _binding: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, reference: UUID, to: str, text: str) -> Outcome:
        del reference
        try:
            session = await asyncio.wait_for(self.bound(), self.within)
        except (TimeoutError, OSError, smpp34.SmppError) as error:
            return Refused("temporary", f"{self.name} : pas de session ({type(error).__name__})")
        try:
            answer = await asyncio.wait_for(self._submit(session, to, text), self.within)
        except (TimeoutError, OSError, smpp34.SmppError) as error:
            self._session = None
            return Unclear(f"{self.name} ne répond pas ({type(error).__name__})")
        if answer.is_success:
            return Sent(self.name, answer.message_id or "")
        failure: Trouble = "permanent" if answer.command_status in NUMBERS_FAULT else "temporary"
        return Refused(failure, f"{self.name} refuse (0x{answer.command_status:08X})")

    async def _submit(self, session: smpp34.Smsc, to: str, text: str) -> smpp34.SubmitSmResp:
        return await session.submit_sm(
            to.removeprefix("+"),
            encode(text),
            source_addr=self.sender,
            source_addr_ton=ALPHANUMERIC,
            dest_addr_ton=INTERNATIONAL,
            dest_addr_npi=ISDN,
            registered_delivery=WITH_RECEIPT,
        )

    async def find(self, reference: UUID) -> Found:
        del reference
        return Unclear("SMPP ne permet pas de demander")

    async def bound(self) -> smpp34.Smsc:
        """The open session, or a new one."""
        async with self._binding:
            if self._session is None:
                place = urlsplit(self.account.url)
                self._client = smpp34.Client(
                    place.hostname or "",
                    place.port or 2775,
                    self.account.user,
                    self.account.token.get_secret_value(),
                    tls=place.scheme == "smpps",
                )
                self._session = await self._client.connect()
            return self._session

    async def listen(self) -> AsyncIterator[FromNetwork]:
        """Until the session ends."""
        session = await self.bound()
        while True:
            event = await session.next()
            if not isinstance(event, smpp34.DeliverSmEvent):
                self._session = None
                return
            yield read(event.short_message, event.source_addr, receipt=bool(event.esm_class & IS_RECEIPT))

    async def close(self) -> None:
        if self._session:
            with contextlib.suppress(smpp34.SmppError, OSError, TimeoutError):
                await asyncio.wait_for(self._session.unbind(), self.within)
        self._session = None


def read(message: bytes, sender: str, *, receipt: bool) -> FromNetwork:
    if receipt and (found := RECEIPT.search(message.decode("ascii", "replace"))):
        return FromNetwork(provider_id=found[1], status=STATUS.get(found[2].upper(), ""))
    return FromNetwork(sender=f"+{sender.removeprefix('+')}", text=decode(message))
