"""SMPP 3.4, as operators and aggregators speak it: one bound session that stays open, bound again when it is lost.

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

from services.notifications.settings import SmsAccount
from services.notifications.texts.gsm7 import decode, encode
from services.notifications.usecases.outgoing import Lookup, Outcome, OutgoingMessage, Refused, Sent, Trouble, Unclear

WITH_RECEIPT = 1  # registered_delivery
IS_RECEIPT = 0x04  # esm_class
INTERNATIONAL, ISDN, ALPHANUMERIC = 1, 1, 5  # type and plan of a number
LONGEST, SEPTET = 254, 0x7F  # octets of short_message; the bits of a character of GSM-7
CODINGS = {1: "ascii", 3: "latin-1", 8: "utf-16-be"}  # data_coding; every other one is the network's own, GSM-7
SILENCE = (TimeoutError, OSError, smpp34.SmppError)
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
    _receiving: asyncio.Future[smpp34.DeliverSmEvent | smpp34.Disconnected] | None = None
    _binding: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        return self.account.name

    async def send(self, outgoing: OutgoingMessage) -> Outcome:
        try:
            session = await asyncio.wait_for(self.bound(), self.within)
        except SILENCE as error:
            return Refused("temporary", f"{self.name} : pas de session ({type(error).__name__})")
        try:
            answer = await asyncio.wait_for(self._submit(session, outgoing), self.within)
        except SILENCE as error:
            await self.end(session)
            return Unclear(f"{self.name} ne répond pas ({type(error).__name__})")
        if answer.is_success:
            return Sent(self.name, answer.message_id or "")
        failure: Trouble = "permanent" if answer.command_status == _smpp34.ESME_RINVDSTADR else "temporary"
        return Refused(failure, f"{self.name} refuse (0x{answer.command_status:08X})")

    async def _submit(self, session: smpp34.Smsc, outgoing: OutgoingMessage) -> smpp34.SubmitSmResp:
        """What is too long for its own field travels beside it."""
        septets = encode(outgoing.text)
        long = len(septets) > LONGEST
        return await session.submit_sm(
            outgoing.to.removeprefix("+"),
            b"" if long else septets,
            tlvs=[smpp34.Tlv(_smpp34.TLV_MESSAGE_PAYLOAD, septets)] if long else [],
            validity_period=period(outgoing.valid_for),
            source_addr=self.sender,
            source_addr_ton=ALPHANUMERIC,
            dest_addr_ton=INTERNATIONAL,
            dest_addr_npi=ISDN,
            registered_delivery=WITH_RECEIPT,
        )

    async def find(self, reference: UUID) -> Lookup:
        del reference
        return Unclear("SMPP ne permet pas de demander")

    async def bound(self) -> smpp34.Smsc:
        """Give the open session, or bind a new one."""
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
        """Receive until the session ends."""
        session = await self.bound()
        while True:
            self._receiving = asyncio.ensure_future(session.next())
            await asyncio.wait({self._receiving})
            if self._receiving.cancelled() or not isinstance(event := self._receiving.result(), smpp34.DeliverSmEvent):
                break
            yield read(event)
        await self.end(session)

    async def end(self, session: smpp34.Smsc) -> None:
        """End it: nobody uses it any more, nor waits for it, be the other end silent; one bound meanwhile stays."""
        if self._session is not session:
            return
        self._session = None
        with contextlib.suppress(*SILENCE):
            await asyncio.wait_for(session.unbind(), self.within)
        if self._receiving:
            self._receiving.cancel()

    async def close(self) -> None:
        if self._session:
            await self.end(self._session)


def period(minutes: int) -> str:
    """Write a time from now as SMPP does: YYMMDDhhmmss, tenths, and «00R»."""
    days, left = divmod(minutes, 24 * 60)
    return f"0000{days:02}{left // 60:02}{left % 60:02}00000R"


def read(event: smpp34.DeliverSmEvent) -> FromNetwork:
    """Read it: a receipt is ASCII; what a person wrote is in the alphabet that `data_coding` names."""
    long = next((tlv.value for tlv in event.tlvs if tlv.tag == _smpp34.TLV_MESSAGE_PAYLOAD), b"")
    message = event.short_message or long
    if event.esm_class & IS_RECEIPT and (receipt := RECEIPT.search(message.decode("ascii", "replace"))):
        return FromNetwork(provider_id=receipt[1], status=STATUS.get(receipt[2].upper(), ""))
    coding = CODINGS.get(event.data_coding)
    text = message.decode(coding, "replace") if coding else decode(bytes(byte & SEPTET for byte in message))
    return FromNetwork(sender=f"+{event.source_addr.removeprefix('+')}", text=text)
