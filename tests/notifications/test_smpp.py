"""SMPP, spoken with another program's server."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import smpp34

from deploy.local.servers import free_ports
from services.notifications.delivery.smpp import FromNetwork, Smpp
from services.notifications.model import is_stop
from services.notifications.usecases.outgoing import Refused, Sent, Unclear
from tests.notifications.smsc import Smsc, account
from tests.notifications.test_providers import NUMBER, UNKNOWN, outgoing
from tests.waiting import PATIENCE

RECEIPT = 4  # esm_class
UCS2 = 8


@pytest.fixture
async def smsc() -> AsyncIterator[Smsc]:
    async with Smsc.opened() as opened:
        yield opened


@pytest.fixture
async def ours(smsc: Smsc) -> AsyncIterator[Smpp]:
    session = Smpp(account(smsc.port), "PassNumeriq", PATIENCE)
    yield session
    await session.close()


async def first(arriving: AsyncIterator[FromNetwork]) -> FromNetwork:
    return await asyncio.wait_for(anext(arriving), PATIENCE)


async def test_it_sends_and_hears_receipts_and_stop_on_one_session(smsc: Smsc, ours: Smpp) -> None:
    assert await ours.send(outgoing(NUMBER, "Séance réservée, 8 €")) == Sent("smpp", "m1")
    assert smsc.texts == [(NUMBER, "Séance réservée, 8 €")]
    arriving = ours.listen()
    await smsc.deliver(b"id:m1 sub:001 dlvrd:001 stat:DELIVRD err:000", esm_class=RECEIPT)
    assert await first(arriving) == FromNetwork("m1", "delivered")
    await smsc.deliver(b"Stop SVP", NUMBER.removeprefix("+"))
    assert await first(arriving) == FromNetwork(sender=NUMBER, text="Stop SVP")
    refused = await ours.send(outgoing(UNKNOWN, "Bonjour"))
    assert isinstance(refused, Refused)
    assert refused.failure == "permanent"


async def test_without_anybody_at_the_other_end_it_is_a_refusal() -> None:
    refused = await Smpp(account(free_ports(1)[0]), "PassNumeriq", PATIENCE).send(outgoing(NUMBER, "Bonjour"))
    assert isinstance(refused, Refused)
    assert refused.failure == "temporary"


@pytest.mark.parametrize("length", [254, 255, 306])
async def test_a_text_too_long_for_its_field_travels_beside_it(smsc: Smsc, ours: Smpp, length: int) -> None:
    assert await ours.send(outgoing(NUMBER, "é" * length)) == Sent("smpp", "m1")
    assert smsc.texts == [(NUMBER, "é" * length)]


@pytest.mark.parametrize(
    ("stat", "status"), [("DELIVRD", "delivered"), ("EXPIRED", "expired"), ("UNDELIV", "failed"), ("ACCEPTD", "")]
)
async def test_states_are_understood(smsc: Smsc, ours: Smpp, stat: str, status: str) -> None:
    arriving = ours.listen()
    await bound(smsc, ours)
    await smsc.deliver(f"id:42 stat:{stat} err:000".encode(), esm_class=RECEIPT)
    assert await first(arriving) == FromNetwork("42", status)


async def bound(smsc: Smsc, ours: Smpp) -> None:
    await ours.bound()
    await asyncio.wait_for(smsc.bound.wait(), PATIENCE)


@pytest.mark.parametrize(
    ("written", "coding", "read"),
    [
        ("Arrêt".encode("utf-16-be"), UCS2, "Arrêt"),
        ("STOP".encode("utf-16-be"), UCS2, "STOP"),
        ("Arrêt".encode("latin-1"), 3, "Arrêt"),
        (b"Stop", 1, "Stop"),
        (b"\x05t\x05, stop", 0, "été, stop"),
        ("Arrêt".encode("latin-1"), 0, "Arrjt"),  # eight bits where there are seven: read on, not broken off
    ],
)
async def test_rule_25_what_a_person_writes_is_read_in_its_alphabet(
    smsc: Smsc, ours: Smpp, written: bytes, coding: int, read: str
) -> None:
    arriving = ours.listen()
    await bound(smsc, ours)
    await smsc.deliver(written, NUMBER.removeprefix("+"), data_coding=coding)
    message = await first(arriving)
    assert message == FromNetwork(sender=NUMBER, text=read)
    assert is_stop(message.text) or not read.startswith(("Arrêt", "STOP", "Stop"))


async def test_after_a_silence_nobody_listens_to_the_old_session_and_the_next_one_works(smsc: Smsc, ours: Smpp) -> None:
    arriving = ours.listen()
    await bound(smsc, ours)
    listening = asyncio.ensure_future(anext(arriving, None))
    smsc.silent, ours.within = True, 0.2
    assert isinstance(await ours.send(outgoing(NUMBER, "Bonjour")), Unclear)
    assert await asyncio.wait_for(listening, PATIENCE) is None
    smsc.silent, ours.within = False, PATIENCE
    assert isinstance(await ours.send(outgoing(NUMBER, "Bonsoir")), Sent)
    again = ours.listen()
    await smsc.deliver(b"STOP", NUMBER.removeprefix("+"))
    assert await first(again) == FromNetwork(sender=NUMBER, text="STOP")


async def test_a_server_that_answers_nothing_at_all_is_left(ours: Smpp) -> None:
    """It takes the session, and not even its end is answered."""
    async with await asyncio.start_server(bind_only, "127.0.0.1", 0) as server:
        url = f"smpp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        mute = Smpp(ours.account.model_copy(update={"url": url}), "PassNumeriq", PATIENCE)
        await mute.bound()
        mute.within = 0.2
        listening = asyncio.ensure_future(anext(mute.listen(), None))
        outcomes = await asyncio.gather(*(mute.send(outgoing(NUMBER, "Bonjour")) for _ in range(3)))
        assert all(isinstance(outcome, Unclear) for outcome in outcomes)
        assert await asyncio.wait_for(listening, PATIENCE) is None


async def bind_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """bind_transceiver_resp, and then nothing."""
    header = await reader.readexactly(16)
    await reader.readexactly(int.from_bytes(header[:4], "big") - 16)
    body = b"mute\0"
    size, command, status = 16 + len(body), 0x80000009, 0
    writer.write(b"".join(number.to_bytes(4, "big") for number in (size, command, status)) + header[12:16] + body)
    while await reader.read(1000):
        pass
    writer.close()


async def test_rule_21_the_network_is_told_when_a_message_has_lost_its_sense(
    ours: Smpp, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[smpp34.SubmitSm] = []

    class Recorded:
        async def submit_sm(self, to: str, message: bytes, **named: Any) -> None:
            written.append(smpp34.SubmitSm(named.pop("source_addr"), to, message, **named))

    async def bound() -> Recorded:
        return Recorded()

    monkeypatch.setattr(ours, "bound", bound)
    for minutes in (1, 179, 2880):
        with pytest.raises(AttributeError):  # nothing answers
            await ours.send(outgoing(NUMBER, "Bonjour", valid_for=minutes))
    read = [smpp34.decode(pdu.encode()) for pdu in written]
    periods = [pdu.validity_period for pdu in read if isinstance(pdu, smpp34.SubmitSm)]
    assert periods == ["000000000100000R", "000000025900000R", "000002000000000R"]
