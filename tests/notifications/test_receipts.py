"""What providers tell us: signed receipts, each in its own way. Rule 23."""

import json
from typing import Any

from chassis.db import Database
from chassis.site import Site
from services.notifications.app import create_site
from services.notifications.settings import Settings
from tests.actors import asking, settings_for
from tests.notifications.conftest import send_due
from tests.notifications.receipts import sent, signed
from tests.notifications.stored import published, ranks
from tests.outside import SECRET, Outside


async def test_rule_23_a_signed_receipt_is_kept_a_forged_or_old_one_refused(site: Site, database: Database) -> None:
    notice = await sent(site)
    body = json.dumps([{"reference": str(notice.id), "status": "delivered"}]).encode()
    async with asking(site.application()) as client:
        for headers in ({}, signed(body, "wrong"), signed(body, at=-600), signed(b"other")):
            answer = await client.post("/api/notifications/receipts/sms", content=body, headers=headers)
            assert answer.status_code == 401
        assert await ranks(database, "booking_confirmed") == [("sms", "sent")]
        for _ in range(2):  # a provider that did not hear our answer tells it again
            answer = await client.post("/api/notifications/receipts/sms", content=body, headers=signed(body))
            assert answer.status_code == 204
    assert await ranks(database, "booking_confirmed") == [("sms", "delivered")]
    assert len(await published(database, "notice.delivered.v2")) == 1


async def test_each_gateway_signs_with_its_own_secret(site: Site, outside: Outside) -> None:
    """They share one address."""
    second = {**outside.accounts("gateway")[0], "name": "second", "secret": "another"}
    settings = {**outside.settings(), "sms": [*outside.accounts("gateway"), second]}
    app = create_site(settings_for(Settings, site.runtime.database.url, **settings)).application()
    async with asking(app) as client:
        for secret, expected in ((SECRET, 204), ("another", 204), ("wrong", 401)):
            answer = await client.post("/api/notifications/receipts/sms", content=b"[]", headers=signed(b"[]", secret))
            assert answer.status_code == expected


async def test_rule_23_a_receipt_that_says_no_becomes_a_call(site: Site, database: Database) -> None:
    notice = await sent(site)
    body = json.dumps([{"reference": str(notice.id), "status": "expired", "reason": "éteint"}]).encode()
    async with asking(site.application()) as client:
        await client.post("/api/notifications/receipts/sms", content=body, headers=signed(body))
    await send_due(site)
    assert await ranks(database, "booking_confirmed") == [("sms", "failed"), ("call", "by_hand")]
    assert len(await published(database, "notice.failed.v2")) == 1
    assert len(await published(database, "notice.to_call.v2")) == 1


async def test_ovh_calls_an_address_with_a_secret_in_it(by: Any, database: Database) -> None:
    site = by("ovh")
    notice = await sent(site)
    told_us = {"id": notice.provider_id, "ptt": "4", "description": "1", "descriptionDlr": "Success"}
    async with asking(site.application()) as client:
        assert (await client.get("/api/notifications/receipts/ovh/ovh/wrong", params=told_us)).status_code == 401
        assert (await client.get(f"/api/notifications/receipts/ovh/other/{SECRET}", params=told_us)).status_code == 401
        assert await ranks(database, "booking_confirmed") == [("sms", "sent")]
        for _ in range(2):
            assert (
                await client.get(f"/api/notifications/receipts/ovh/ovh/{SECRET}", params=told_us)
            ).status_code == 204
    assert await ranks(database, "booking_confirmed") == [("sms", "delivered")]
    assert len(await published(database, "notice.delivered.v2")) == 1


async def test_brevo_sends_its_bearer_token(by: Any, database: Database) -> None:
    site = by("brevo")
    notice = await sent(site)
    told_us = {"messageId": int(notice.provider_id or 0), "msg_status": "hard_bounce", "to": "33639980001"}
    async with asking(site.application()) as client:
        for token, expected in (("wrong", 401), (SECRET, 204)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.post("/api/notifications/receipts/brevo/brevo", json=told_us, headers=headers)
            assert answer.status_code == expected
    await send_due(site)
    assert await ranks(database, "booking_confirmed") == [("sms", "failed"), ("call", "by_hand")]
