"""E-mails that come back."""

from chassis.db import Database
from chassis.site import Site
from contracts.ids import uuid7
from services.notifications.delivery.bounces import bounced, return_path
from tests.actors import SECRET as OURS
from tests.actors import asking
from tests.notifications.conftest import send_due
from tests.notifications.receipts import report_for, sent, signed
from tests.notifications.stored import ranks


async def test_an_e_mail_that_comes_back_by_its_address_becomes_a_call(site: Site, database: Database) -> None:
    notice = await sent(site, channel="email", email="a@exemple.invalid", phone=None, phone_kind=None)
    report = report_for(return_path(notice.id, "exemple.invalid", OURS))
    async with asking(site.application()) as client:
        assert (await client.post("/api/notifications/receipts/mail", content=report)).status_code == 401
        answer = await client.post("/api/notifications/receipts/mail", content=report, headers=signed(report))
        assert answer.status_code == 204
    await send_due(site)
    assert await ranks(database, "booking_confirmed") == [("email", "failed"), ("call", "by_hand")]


def test_an_address_of_return_that_we_did_not_sign_is_not_believed() -> None:
    notice = uuid7()
    ours = return_path(notice, "exemple.invalid", "secret")
    assert (bounce := bounced(report_for(ours), "secret"))
    assert (bounce.notice_id, bounce.final) == (notice, True)
    assert bounced(report_for(ours), "other") is None
    assert bounced(report_for(ours.replace("retour+", "retour+f")), "secret") is None
    assert bounced(b"Subject: hello\r\n\r\nhello", "secret") is None


def test_a_mail_server_that_still_tries_says_nothing_final() -> None:
    ours = return_path(uuid7(), "exemple.invalid", "secret")
    bounce = bounced(report_for(ours, "delayed", "4.4.1"), "secret")
    assert bounce is not None
    assert not bounce.final
