"""Whose fault a refusal is, and what is said of it: never a person's address or number. Rules 24, 26."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import uuid7
from services.notifications.delivery.bounces import bounced, return_path
from services.notifications.delivery.http import Answer
from services.notifications.delivery.mail import MailProvider, reason_of
from services.notifications.delivery.providers import sms_providers
from services.notifications.settings import Settings
from services.notifications.usecases.outgoing import Refused
from tests.actors import asking, settings_for
from tests.notifications.mail_server import SENDER, outgoing
from tests.notifications.receipts import report_for, sent, signed
from tests.outside import SECRET, Outside
from tests.sites import NOWHERE

FAILED = "SELECT convert_from(body, 'UTF8') FROM outbox WHERE headers->>'ce_type' = 'notice.failed.v2'"
PERSON = "jeanne.martin@exemple.invalid"
NUMBER = "+33639981234"


@dataclass
class Script:
    """A mail server that answers as it is told, by verb; «greeting» is what it says first."""

    answers: dict[str, str]
    port: int = 0
    heard: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with await asyncio.start_server(self.speak, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{self.answers.get('greeting', '220 ready')}\r\n".encode())
        text_follows = False
        while line := (await reader.readline()).decode().strip("\r\n"):
            verb = line.partition(" ")[0].upper()
            text_follows = verb == "DATA" and "DATA" not in self.answers
            usual = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 welcome", "DATA": "354 go on"}
            writer.write(f"{self.answers.get(verb, usual.get(verb, '250 OK'))}\r\n".encode())
            if text_follows:
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(f"{self.answers.get('text', '250 taken')}\r\n".encode())
        writer.close()


def provider(script: Script) -> MailProvider:
    return MailProvider("127.0.0.1", script.port, SENDER, 2.0, "secret", user="pass", password="word")


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ({"greeting": f"554 5.7.1 no {PERSON}"}, "temporary"),
        ({"AUTH": "535 5.7.8 bad credentials"}, "temporary"),
        ({"MAIL": "550 5.7.1 sender refused"}, "temporary"),
        ({"RCPT": f"450 4.2.1 <{PERSON}>: try later"}, "temporary"),
        ({"RCPT": f"550 5.1.1 <{PERSON}>: user unknown"}, "permanent"),
        ({"DATA": "451 4.3.0 later"}, "temporary"),
        ({"text": f"554 5.6.0 {PERSON} takes no such text"}, "permanent"),
    ],
)
async def test_only_the_address_or_the_text_may_be_refused_for_good(answers: dict[str, str], failure: str) -> None:
    script = Script(answers)
    async with script.open():
        refused = await provider(script).send(outgoing(PERSON))
    assert isinstance(refused, Refused)
    assert refused.failure == failure
    assert PERSON not in refused.reason


def test_rule_26_an_address_that_does_not_exist_is_said_in_our_words() -> None:
    assert reason_of("550", f"5.1.1 <{PERSON}>: unknown") == "l'adresse n'existe pas (550 5.1.1)"
    assert reason_of("421", "go away") == "le serveur de messagerie refuse (421)"


@given(st.text(), st.text(), st.sampled_from(["", "5.1.1 ", "4.2.2 ", "5.1.1<"]))
def test_rule_26_nothing_of_an_answer_but_its_codes_is_said(before: str, after: str, code: str) -> None:
    answer = f"{code}{before} {PERSON} {NUMBER} {after}"
    reasons = [reason_of("550", answer), Answer(400, orjson.dumps({"code": answer})).word("code")]
    report = report_for(return_path(uuid7(), "exemple.invalid", "secret"), status=f"{code}{PERSON}", action="failed")
    reasons.append(getattr(bounced(report, "secret"), "reason", ""))
    assert not any(part in reason for reason in reasons for part in (PERSON, NUMBER, NUMBER[1:]))


@pytest.mark.parametrize("kind", ["gateway", "brevo"])
async def test_rule_26_what_a_provider_writes_of_a_person_reaches_nobody(
    by: Any, database: Database, kind: str
) -> None:
    site: Site = by(kind)
    notice = await sent(site)
    gateway = [{"reference": str(notice.id), "status": "failed", "reason": f"{NUMBER} inconnu"}]
    brevo = {"messageId": int(notice.provider_id or "0") if kind == "brevo" else 0, "msg_status": "hard_bounce",
             "to": NUMBER[1:], "description": f"{NUMBER} unknown"}  # fmt: skip
    body = json.dumps(gateway if kind == "gateway" else brevo).encode()
    path, headers = {
        "gateway": ("/api/notifications/receipts/sms", signed(body)),
        "brevo": ("/api/notifications/receipts/brevo/brevo", {"Authorization": f"Bearer {SECRET}"}),
    }[kind]
    async with asking(site.application()) as client:
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json", **headers})
        assert answer.status_code == 204
    async with database.reading() as reading:
        reason = (await reading.execute(text("SELECT reason FROM notices WHERE state = 'failed'"))).scalar_one()
        failed = (await reading.execute(text(FAILED))).scalar_one()
    assert reason == "numéro injoignable"
    assert NUMBER not in failed


def answering(status: int, told: object) -> Callable[..., Any]:
    async def ask(*_: object) -> Answer:
        return Answer(status, orjson.dumps(told))

    return ask


@pytest.mark.parametrize(
    ("kind", "answer", "failure"),
    [
        ("ovh", (400, {"errorCode": "INVALID_ARGUMENT"}), "temporary"),
        ("ovh", (404, {"errorCode": "NOT_FOUND"}), "temporary"),
        ("ovh", (200, {"ids": [], "invalidReceivers": [NUMBER]}), "permanent"),
        ("ovh", (200, {"ids": [], "invalidReceivers": []}), "temporary"),
        ("gateway", (400, {}), "temporary"),
        ("gateway", (404, {}), "temporary"),
        ("gateway", (422, {}), "permanent"),
        ("brevo", (400, {"code": "invalid_parameter", "message": "Invalid telephone number"}), "permanent"),
        ("brevo", (400, {"code": "invalid_parameter", "message": "Invalid sender"}), "temporary"),
        ("brevo", (400, {"code": "missing_parameter", "message": "content is missing"}), "temporary"),
    ],
)
async def test_only_a_wrong_number_is_refused_for_good(
    outside: Outside, monkeypatch: pytest.MonkeyPatch, kind: str, answer: tuple[int, object], failure: str
) -> None:
    """Anything else is our account's trouble or theirs: the other provider is tried."""
    settings = settings_for(Settings, NOWHERE, smtp_host="127.0.0.1", sms=outside.accounts(kind))
    ours = sms_providers(settings)[kind]
    monkeypatch.setattr(ours.line, "ask", answering(*answer))  # type: ignore[attr-defined]
    refused = await ours.send(replace(outgoing(NUMBER), channel="sms"))
    assert isinstance(refused, Refused)
    assert refused.failure == failure
