"""What providers tell us: signed receipts, e-mails that come back, STOP."""

import asyncio
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import select, text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from deploy.local.servers import free_ports
from services.notifications.app import assemble
from services.notifications.delivery import Dispatch, Outcome, Sent
from services.notifications.delivery.bounces import bounced, return_path
from services.notifications.model import Notice
from services.notifications.settings import Settings
from tests.actors import SECRET as OURS
from tests.actors import asking, told
from tests.notifications.conftest import confirmed, heard, scheduled, send_due, stated
from tests.outside import SECRET, Outside, opened


def signed(body: bytes, secret: str = SECRET, at: int = 0) -> dict[str, str]:
    """As another program would sign: HMAC-SHA256 of the time, a dot and the body."""
    moment = str(int(time.time()) + at)
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": moment, "X-Signature": digest, "Content-Type": "application/json"}


async def sent(site: Site, **contact: Any) -> Notice:
    """One confirmation that has left."""
    database, person, session = site.assembly.database, BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(person, **contact), session, confirmed(person, session))
    await send_due(site)
    async with database.reading() as reading:
        query = select(Notice).where(Notice.beneficiary_id == person, Notice.state == "sent")
        return (await reading.scalars(query)).one()


async def states(database: Database, notice: Notice) -> list[tuple[str | None, str]]:
    async with database.reading() as reading:
        query = select(Notice).where(Notice.about_id == notice.about_id, Notice.kind == notice.kind)
        return [(one.channel, one.state) for one in await reading.scalars(query.order_by(Notice.rank))]


async def test_rule_23_a_signed_receipt_is_kept_a_forged_or_old_one_refused(site: Site, database: Database) -> None:
    notice = await sent(site)
    body = json.dumps([{"reference": str(notice.id), "status": "delivered"}]).encode()
    async with asking(site.application()) as client:
        for headers in ({}, signed(body, "wrong"), signed(body, at=-600), signed(b"other")):
            answer = await client.post("/api/receipts/sms", content=body, headers=headers)
            assert answer.status_code == 401
        assert await states(database, notice) == [("sms", "sent")]
        for _ in range(2):  # a provider that did not hear our answer tells it again
            answer = await client.post("/api/receipts/sms", content=body, headers=signed(body))
            assert answer.status_code == 204
    assert await states(database, notice) == [("sms", "delivered")]
    assert await said(database, "notice.delivered.v1") == 1


async def test_each_gateway_signs_with_its_own_secret(site: Site, outside: Outside) -> None:
    """They share one address."""
    second = {**outside.accounts("gateway")[0], "name": "second", "secret": "another"}
    settings = {**outside.settings(), "sms": [*outside.accounts("gateway"), second]}
    app = assemble(told(Settings, site.assembly.database.url, **settings)).application()
    async with asking(app) as client:
        for secret, expected in ((SECRET, 204), ("another", 204), ("wrong", 401)):
            answer = await client.post("/api/receipts/sms", content=b"[]", headers=signed(b"[]", secret))
            assert answer.status_code == expected


async def said(database: Database, kind: str) -> int:
    async with database.reading() as reading:
        query = text("SELECT count(*) FROM outbox WHERE headers->>'ce_type' = :kind")
        return int((await reading.execute(query, {"kind": kind})).scalar_one())


async def test_rule_23_a_receipt_that_says_no_becomes_a_call(site: Site, database: Database) -> None:
    notice = await sent(site)
    body = json.dumps([{"reference": str(notice.id), "status": "expired", "reason": "éteint"}]).encode()
    async with asking(site.application()) as client:
        await client.post("/api/receipts/sms", content=body, headers=signed(body))
    await send_due(site)
    assert await states(database, notice) == [("sms", "failed"), ("call", "by_hand")]
    assert await said(database, "notice.failed.v1") == 1
    assert await said(database, "notice.to_call.v1") == 1


async def test_ovh_calls_an_address_with_a_secret_in_it(by: Any, database: Database) -> None:
    site = by("ovh")
    notice = await sent(site)
    told_us = {"id": notice.provider_id, "ptt": "4", "description": "1", "descriptionDlr": "Success"}
    async with asking(site.application()) as client:
        assert (await client.get("/api/receipts/ovh/ovh/wrong", params=told_us)).status_code == 401
        assert (await client.get(f"/api/receipts/ovh/other/{SECRET}", params=told_us)).status_code == 401
        assert await states(database, notice) == [("sms", "sent")]
        for _ in range(2):
            assert (await client.get(f"/api/receipts/ovh/ovh/{SECRET}", params=told_us)).status_code == 204
    assert await states(database, notice) == [("sms", "delivered")]
    assert await said(database, "notice.delivered.v1") == 1


async def test_brevo_sends_its_bearer_token(by: Any, database: Database) -> None:
    site = by("brevo")
    notice = await sent(site)
    told_us = {"messageId": int(notice.provider_id or 0), "msg_status": "hard_bounce", "to": "33639980001"}
    async with asking(site.application()) as client:
        for token, expected in (("wrong", 401), (SECRET, 204)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.post("/api/receipts/brevo/brevo", json=told_us, headers=headers)
            assert answer.status_code == expected
    await send_due(site)
    assert await states(database, notice) == [("sms", "failed"), ("call", "by_hand")]


async def test_a_receipt_may_come_before_the_answer(by: Any, database: Database) -> None:
    """OVHcloud calls back before we have kept the id that it gave: what it said waits for it."""
    site = by("ovh")
    person, session = BeneficiaryId(uuid7()), scheduled()
    await heard(database, stated(person), session, confirmed(person, session))
    settings = site.assembly.declared.settings
    assert isinstance(settings, Settings)
    dispatch = Dispatch.of(settings)
    provider = dispatch.sms["ovh"]

    async def overtaken(*message: Any) -> Outcome:
        taken = await provider.send(*message)
        assert isinstance(taken, Sent)
        async with asking(site.application()) as client:
            params = {"id": taken.provider_id, "ptt": "4", "description": "1"}
            await client.get(f"/api/receipts/ovh/ovh/{SECRET}", params=params)
        return taken

    early = type("Early", (), {"name": "ovh", "may_be_asked": True, "send": staticmethod(overtaken)})()
    dispatch.sms["ovh"] = early
    await dispatch.drain(database)
    async with database.reading() as reading:
        found = (await reading.scalars(select(Notice).where(Notice.kind == "booking_confirmed"))).one()
    assert found.state == "delivered"


async def test_an_e_mail_that_comes_back_by_its_address_becomes_a_call(site: Site, database: Database) -> None:
    notice = await sent(site, channel="email", email="a@exemple.invalid", phone=None, phone_kind=None)
    report = report_for(return_path(notice.id, "exemple.invalid", OURS))
    async with asking(site.application()) as client:
        assert (await client.post("/api/receipts/mail", content=report)).status_code == 401
        answer = await client.post("/api/receipts/mail", content=report, headers=signed(report))
        assert answer.status_code == 204
    await send_due(site)
    assert await states(database, notice) == [("email", "failed"), ("call", "by_hand")]


def report_for(to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        f"From: MAILER-DAEMON@exemple.invalid\r\nTo: <{to}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.exemple.invalid\r\n\r\n"
        f"Final-Recipient: rfc822; a@exemple.invalid\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()


def test_an_address_of_return_that_we_did_not_sign_is_not_believed() -> None:
    notice = uuid7()
    ours = return_path(notice, "exemple.invalid", "secret")
    assert (found := bounced(report_for(ours), "secret"))
    assert (found.notice_id, found.final) == (notice, True)
    assert bounced(report_for(ours), "other") is None
    assert bounced(report_for(ours.replace("retour+", "retour+f")), "secret") is None
    assert bounced(b"Subject: hello\r\n\r\nhello", "secret") is None


def test_a_mail_server_that_still_tries_says_nothing_final() -> None:
    ours = return_path(uuid7(), "exemple.invalid", "secret")
    found = bounced(report_for(ours, "delayed", "4.4.1"), "secret")
    assert found is not None
    assert not found.final


async def test_rule_25_stop_by_sms_closes_the_channel_for_all_who_share_the_telephone(
    site: Site, database: Database
) -> None:
    couple = [BeneficiaryId(uuid7()) for _ in range(2)]
    session = scheduled()
    for person in couple:
        await heard(database, stated(person, phone="+33639989876"), session, confirmed(person, session))
    body = json.dumps({"sender": "+33639989876", "text": "Stop svp !"}).encode()
    async with asking(site.application()) as client:
        assert (await client.post("/api/answers/sms", content=body)).status_code == 401
        for _ in range(2):
            assert (await client.post("/api/answers/sms", content=body, headers=signed(body))).status_code == 204
    assert await said(database, "contact.opted_out.v1") == 2
    await send_due(site)
    async with database.reading() as reading:
        query = select(Notice.channel).where(Notice.kind == "booking_confirmed")
        assert {*await reading.scalars(query)} == {"call"}  # legally needed: by the next channel


async def test_brevo_and_ovh_tell_stop_in_their_own_way(by: Any, database: Database) -> None:
    site = by("ovh", "brevo")
    session = scheduled()
    for phone in ("+33639980123", "+33639980124"):
        await heard(database, stated(BeneficiaryId(uuid7()), phone=phone), session)
    async with asking(site.application()) as client:
        params = {"number": "33639980123", "message": "STOP"}
        assert (await client.get("/api/answers/ovh/ovh/wrong", params=params)).status_code == 401
        assert (await client.get(f"/api/answers/ovh/ovh/{SECRET}", params=params)).status_code == 204
        told_us = {"msg_status": "replied", "to": "33639980124", "reply": "STOP", "messageId": 1}
        headers = {"Authorization": f"Bearer {SECRET}"}
        assert (await client.post("/api/receipts/brevo/brevo", json=told_us, headers=headers)).status_code == 204
    assert await said(database, "contact.opted_out.v1") == 2


async def test_the_simulators_report_to_the_real_addresses(database: Database, tmp_path: Path) -> None:
    """A service on a port, and each provider's own way of telling it."""
    [port] = free_ports(1)
    with opened(tmp_path, f"http://127.0.0.1:{port}/api/receipts/sms") as outside:
        site = with_outside(database, outside)
        app = site.application()
        server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="error"))
        serving = asyncio.create_task(server.serve())
        people = [BeneficiaryId(uuid7()) for _ in range(9)]
        session = scheduled()
        for person in people:
            await heard(database, stated(person), session, confirmed(person, session))
        returned = BeneficiaryId(uuid7())
        by_mail = stated(returned, channel="email", email="retour@exemple.invalid", phone=None, phone_kind=None)
        await heard(database, by_mail, session, confirmed(returned, session))
        await send_due(site)
        assert await eventually(database) == {("sms", "delivered"): 9, ("email", "failed"): 1}
        async with httpx.AsyncClient() as client:
            for person in people:  # the button «Répondre STOP», whoever brought the message
                await client.post(f"{outside.url}/stop", data={"to": stated(person).phone})
        assert await said(database, "contact.opted_out.v1") == 9
        server.should_exit = True
        await serving


def with_outside(database: Database, outside: Outside) -> Site:
    settings = {**outside.settings(), "sms": outside.accounts("ovh", "brevo", "gateway")}
    return assemble(told(Settings, database.url, quiet_hours=False, **settings))


async def eventually(database: Database) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for _ in range(60):
        async with database.reading() as reading:
            query = text(
                "SELECT channel, state, count(*) FROM notices WHERE kind = 'booking_confirmed' AND channel IS NOT NULL "
                "GROUP BY channel, state"
            )
            found = {(row[0], row[1]): row[2] for row in await reading.execute(query)}
        if all(state in {"delivered", "failed"} for _, state in found):
            return found
        await asyncio.sleep(0.2)
    return found


def test_a_wrong_token_is_not_taken_by_the_simulators(outside: Outside) -> None:
    """They are strict, so that our side is proved."""
    message = {"sender": "PassNumeriq", "recipient": "33639981234", "content": "x"}
    answer = httpx.post(f"{outside.url}/brevo/v3/transactionalSMS/send", json=message, headers={"api-key": "no"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    answer = httpx.post(f"{outside.url}/ovh/1.0/sms/sms-dm00001-1/jobs", json={}, headers={"X-Ovh-Application": "no"})
    assert (answer.status_code, answer.json()["errorCode"]) == (403, "INVALID_CREDENTIAL")
