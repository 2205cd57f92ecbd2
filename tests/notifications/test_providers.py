"""The providers' protocols, spoken with simulators that were written from their documentation."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import smpp34
from pydantic import SecretStr

from contracts.ids import uuid7
from deploy.local.servers import free_ports
from services.notifications.delivery import Absent, Refused, Sent, Unclear, ovh
from services.notifications.delivery.accounts import sms_providers
from services.notifications.delivery.seam import SmsProvider
from services.notifications.delivery.smpp import FromNetwork, Smpp, read
from services.notifications.settings import Settings, SmsAccount
from services.notifications.texts.gsm7 import decode
from tests.actors import told
from tests.outside import KINDS, Outside
from tests.sites import NOWHERE

NUMBER, UNKNOWN = "+33639981234", "+33639980000"


def provider(outside: Outside, kind: str, **more: Any) -> SmsProvider:
    settings = told(Settings, NOWHERE, smtp_host="127.0.0.1", sms=outside.accounts(kind, **more),
                    provider_answers_within=0.5)  # fmt: skip
    return sms_providers(settings)[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_is_taken_and_found_again_by_its_reference(outside: Outside, kind: str) -> None:
    reference, ours = uuid7(), provider(outside, kind)
    sent = await ours.send(reference, NUMBER, "Pass numérique : séance réservée, 8 €")
    assert isinstance(sent, Sent)
    assert await ours.find(reference) == sent
    [message] = [one for one in outside.messages(NUMBER) if one["reference"] in {str(reference), ovh.tag(reference)}]
    assert message["text"] == "Pass numérique : séance réservée, 8 €"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_number_that_does_not_exist_is_refused_for_good(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind).send(uuid7(), UNKNOWN, "Bonjour")
    assert isinstance(refused, Refused)
    assert refused.failure == "permanent"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_provider_that_can_take_nothing_now_is_tried_again(outside: Outside, kind: str) -> None:
    outside.fault(kind, "refuse")
    refused = await provider(outside, kind).send(uuid7(), NUMBER, "Bonjour")
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize("kind", KINDS)
async def test_our_own_credentials_are_never_the_number_s_fault(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind, token="wrong").send(uuid7(), NUMBER, "Bonjour")
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize("kind", KINDS)
async def test_rule_23_silence_is_not_a_refusal(outside: Outside, kind: str) -> None:
    outside.fault(kind, "time_out")
    ours = provider(outside, kind)
    assert isinstance(await ours.send(uuid7(), NUMBER, "Bonjour"), Unclear)
    assert isinstance(await ours.find(uuid7()), Unclear)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_at_the_other_end_is_a_refusal(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind, url="http://127.0.0.1:1").send(uuid7(), NUMBER, "Bonjour")
    assert isinstance(refused, Refused)


async def test_what_was_never_sent_is_absent_where_the_provider_can_tell(outside: Outside) -> None:
    assert await provider(outside, "ovh").find(uuid7()) == Absent()
    assert await provider(outside, "gateway").find(uuid7()) == Absent()
    assert isinstance(await provider(outside, "brevo").find(uuid7()), Unclear)  # its list is late


@pytest.mark.parametrize(
    ("ptt", "dlr", "expected"),
    [
        ("4", "1", "delivered"), ("0", "1", "delivered"), ("1", "4", None), ("2", "8", None), ("3", "8", None),
        ("8", "2", "expired"), ("24", "2", "expired"), ("23", "2", "failed"), ("5", "2", "failed"),
        ("", "16", "failed"), ("", "0", None),
    ],
)  # fmt: skip
def test_ovh_s_codes_are_understood(ptt: str, dlr: str, expected: str | None) -> None:
    meant = ovh.status_of(ptt, dlr)
    assert (meant and meant[0]) == expected


@pytest.fixture
async def centre() -> AsyncIterator["Centre"]:
    opened = Centre(*free_ports(1))
    task = asyncio.create_task(opened.serve())
    await opened.ready.wait()
    yield opened
    task.cancel()
    await opened.server.stop()


class Centre:
    """An SMSC: numbers that end in 0000 are wrong, the others get a receipt; the first answers STOP."""

    def __init__(self, port: int) -> None:
        self.port, self.texts = port, list[str]()
        self.ready = asyncio.Event()

    async def serve(self) -> None:
        self.server = smpp34.Server("127.0.0.1", self.port, system_id="smsc")
        await self.server.start()
        self.ready.set()
        phone: smpp34.Esme | None = None
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                phone = event
            elif isinstance(event, smpp34.SubmitSmEvent) and phone:
                await self.take(event, phone)

    async def take(self, event: smpp34.SubmitSmEvent, phone: smpp34.Esme) -> None:
        if event.destination_addr.endswith("0000"):
            event.reject(0x0000000B)
            return
        self.texts.append(decode(event.short_message))
        event.accept("m1")
        await phone.deliver_sm("PassNumeriq", b"id:m1 sub:001 dlvrd:001 stat:DELIVRD err:000", esm_class=4)
        await phone.deliver_sm("PassNumeriq", b"Stop SVP", source_addr=event.destination_addr)


async def test_smpp_sends_and_hears_receipts_and_stop_on_one_session(centre: Centre) -> None:
    ours = Smpp(smpp(centre.port), "PassNumeriq", 2.0)
    assert await ours.send(uuid7(), NUMBER, "Séance réservée, 8 €") == Sent("smpp", "m1")
    assert centre.texts == ["Séance réservée, 8 €"]
    heard = ours.listen()
    found = [await asyncio.wait_for(anext(heard), 3) for _ in range(2)]
    assert found == [FromNetwork("m1", "delivered"), FromNetwork(sender=NUMBER, text="Stop SVP")]
    refused = await ours.send(uuid7(), UNKNOWN, "Bonjour")
    assert isinstance(refused, Refused)
    assert refused.failure == "permanent"
    await ours.close()


async def test_smpp_without_anybody_at_the_other_end_is_a_refusal() -> None:
    refused = await Smpp(smpp(*free_ports(1)), "PassNumeriq", 1.0).send(uuid7(), NUMBER, "Bonjour")
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize(("stat", "status"), [("DELIVRD", "delivered"), ("EXPIRED", "expired"), ("UNDELIV", "failed"),
                                              ("ACCEPTD", "")])  # fmt: skip
def test_smpp_s_states_are_understood(stat: str, status: str) -> None:
    assert read(f"id:42 stat:{stat} err:000".encode(), "", receipt=True) == FromNetwork("42", status)


def smpp(port: int) -> SmsAccount:
    secret = SecretStr("secret")
    return SmsAccount(
        name="smpp", kind="smpp", url=f"smpp://127.0.0.1:{port}", user="pass", token=secret, secret=secret
    )
