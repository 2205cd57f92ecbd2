"""The providers' protocols, spoken with simulators that were written from their documentation."""

from typing import Any

import pytest

from contracts.ids import NoticeId, uuid7
from services.notifications.delivery import ovh
from services.notifications.delivery.providers import SmsProvider, sms_providers
from services.notifications.settings import Settings
from services.notifications.usecases.outgoing import Absent, OutgoingMessage, Refused, Sent, Unclear
from tests.actors import settings_for
from tests.notifications.conftest import SILENT_FOR
from tests.outside import KINDS, Outside
from tests.sites import NOWHERE
from tests.waiting import PATIENCE

NUMBER, UNKNOWN = "+33639981234", "+33639980000"


def outgoing(to: str, text: str, valid_for: int = 60) -> OutgoingMessage:
    return OutgoingMessage(NoticeId(uuid7()), "sms", "", to, text, "thread", valid_for=valid_for)


def provider(outside: Outside, kind: str, **more: Any) -> SmsProvider:
    settings = settings_for(
        Settings,
        NOWHERE,
        smtp_host="127.0.0.1",
        sms=outside.accounts(kind, **more),
        provider_answers_within=PATIENCE,
    )
    return sms_providers(settings)[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_message_is_taken_and_found_again_by_its_reference(outside: Outside, kind: str) -> None:
    message = outgoing(NUMBER, "Pass numérique : séance réservée, 8 €", valid_for=90)
    reference, ours = message.notice_id, provider(outside, kind)
    sent = await ours.send(message)
    assert isinstance(sent, Sent)
    assert await ours.find(reference) == sent
    [there] = [
        message for message in outside.messages(NUMBER) if message["reference"] in {str(reference), ovh.tag(reference)}
    ]
    assert there["text"] == "Pass numérique : séance réservée, 8 €"
    assert there["valid_for"] == (0 if kind == "brevo" else 90)  # Brevo can't be told


@pytest.mark.parametrize("kind", KINDS)
async def test_a_number_that_does_not_exist_is_refused_for_good(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind).send(outgoing(UNKNOWN, "Bonjour"))
    assert isinstance(refused, Refused)
    assert refused.failure == "permanent"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_provider_that_can_take_nothing_now_is_tried_again(outside: Outside, kind: str) -> None:
    outside.fault(kind, "refuse")
    refused = await provider(outside, kind).send(outgoing(NUMBER, "Bonjour"))
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize("kind", KINDS)
async def test_our_own_credentials_are_never_the_number_s_fault(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind, token="wrong").send(outgoing(NUMBER, "Bonjour"))
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize("kind", KINDS)
async def test_rule_23_silence_is_not_a_refusal(outside: Outside, kind: str) -> None:
    outside.fault(kind, "time_out")
    ours = provider(outside, kind)
    ours.line.limit = SILENT_FOR  # type: ignore[attr-defined]
    assert isinstance(await ours.send(outgoing(NUMBER, "Bonjour")), Unclear)
    assert isinstance(await ours.find(uuid7()), Unclear)


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_at_the_other_end_is_a_refusal(outside: Outside, kind: str) -> None:
    refused = await provider(outside, kind, url="http://127.0.0.1:1").send(outgoing(NUMBER, "Bonjour"))
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
