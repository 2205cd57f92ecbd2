"""E-mails: taken by another server, read by another parser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email.utils import parseaddr

import mailparser
import pytest

from deploy.local.servers import free_ports
from services.notifications.delivery.mail import MailProvider
from services.notifications.texts.samples import STOP
from services.notifications.usecases.outgoing import Refused, Sent, Unclear
from tests.notifications.mail_server import SENDER, Lenient, Server, outgoing
from tests.waiting import PATIENCE


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    ours = Server(free_ports(1)[0])
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Lenient(ours), "127.0.0.1", ours.port):
        yield ours


def provider(server: Server) -> MailProvider:
    return MailProvider("127.0.0.1", server.port, SENDER, PATIENCE, "secret")


async def test_a_server_takes_it_and_another_parser_reads_it(server: Server) -> None:
    sent = outgoing()
    assert await provider(server).send(sent) == Sent("smtp", str(sent.notice_id))
    read = mailparser.parse_from_bytes(server.taken[0])
    assert read.subject == "Votre séance est réservée"
    assert read.from_ == [("Pass numérique", "pass-numerique@exemple.invalid")]
    assert read.to == [("", "jeanne@exemple.invalid")]
    assert not read.defects
    assert "Quand : mardi 24 novembre 2026 à 14 h 30" in read.text_plain[0]
    assert "<strong>Quand</strong>" in read.text_html[0]
    [attached] = read.attachments
    assert (attached["filename"], attached["mail_content_type"]) == ("seance.ics", "text/calendar")
    assert read.headers["List-Unsubscribe"] == f"<{STOP}>"
    assert read.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_it_is_ready_to_be_signed(server: Server) -> None:
    """One domain in the sender, the message's id and the address of return; lines that no relay has to rewrite."""
    await provider(server).send(outgoing())
    read, raw = mailparser.parse_from_bytes(server.taken[0]), server.taken[0]
    domains = {parseaddr(SENDER)[1], str(read.message_id).strip("<>"), server.senders[0]}
    assert {address.rpartition("@")[2] for address in domains} == {"exemple.invalid"}
    assert all(byte < 128 for byte in raw)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert read.headers["Auto-Submitted"] == "auto-generated"
    assert {"Date", "MIME-Version", "From", "To", "Subject", "Message-ID"} <= {*read.headers}


async def test_failures_are_asked_for_where_the_server_knows_how(server: Server) -> None:
    sent = outgoing()
    await provider(server).send(sent)
    assert ["RET=HDRS", f"ENVID={sent.notice_id}"] in server.options
    assert ["NOTIFY=FAILURE"] in server.options
    server.with_dsn, server.options = False, []
    await provider(server).send(outgoing())
    assert not any(server.options)


@pytest.mark.parametrize(
    ("to", "failure"), [("inconnu@exemple.invalid", "permanent"), ("plein@exemple.invalid", "temporary")]
)
async def test_codes_of_refusal_are_understood(server: Server, to: str, failure: str) -> None:
    refused = await provider(server).send(outgoing(to))
    assert isinstance(refused, Refused)
    assert refused.failure == failure


@pytest.mark.parametrize("to", ["zoé@exemple.fr", "jeanne@château.fr", "a\nb@exemple.fr", "a b@exemple.fr"])
async def test_rule_23_an_address_that_no_e_mail_can_carry_is_refused_for_good(server: Server, to: str) -> None:
    refused = await provider(server).send(outgoing(to))
    assert isinstance(refused, Refused)
    assert refused.failure == "permanent"
    assert not server.taken
    assert "exemple" not in refused.reason


async def test_rule_23_silence_after_the_text_is_unclear_before_it_a_refusal(server: Server) -> None:
    server.silent = True
    assert isinstance(await replace(provider(server), within=2).send(outgoing()), Unclear)
    nobody = replace(provider(server), port=free_ports(1)[0])
    refused = await nobody.send(outgoing())
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"
