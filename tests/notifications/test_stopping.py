"""Who wants no more of it: by a link, by a kind, by a channel, by «STOP». Rule 25."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from contracts.words import NoticeKind
from services.notifications.model import Notice, OptOut
from services.notifications.settings import Settings
from services.notifications.usecases import opt_outs
from tests.actors import asking, settings_for
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.receipts import signed
from tests.notifications.stored import published, ranks
from tests.outside import SECRET, Outside
from tests.sites import NOWHERE


@pytest.mark.parametrize("how", ["one click", "form", "looking"])
async def test_rule_25_unsubscribing_is_a_post_and_looking_changes_nothing(
    site: Site, database: Database, outside: Outside, how: str
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    email = f"{person}@exemple.invalid"
    await consume(database, stated(person, channel="email", email=email), session, confirmed(person, session))
    await send_due(site)
    [mail] = outside.mails(email)
    address = mail["headers"]["List-Unsubscribe"].strip("<>").removeprefix(settings_of(site).public_url)
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    async with asking(site.application()) as client:
        if how == "one click":  # as a mail program does: no cookie, no form of ours
            answer = await client.post(address, data={"List-Unsubscribe": "One-Click"})
        elif how == "form":
            assert "Ne plus rien recevoir par e-mail" in (await client.get(address)).text
            answer = await client.post(address, data={"what": "channel"})
        else:
            answer = await client.get(address)
        assert answer.status_code == 200
        assert (await client.post(f"{address}x", data={})).status_code == 404
    async with database.reading() as reading:
        stored = [(opt_out.channel, opt_out.kind) for opt_out in await reading.scalars(select(OptOut))]
    assert stored == ([] if how == "looking" else [("email", None)])


async def test_rule_25_a_kind_is_stopped_by_every_channel_and_a_right_can_t_be(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    for kind in ("reminder_48h", "reminder_3h"):
        await database.transact(lambda tx, kind=kind: opt_outs.stop(tx, person, "sms", kind))  # type: ignore[misc]
    url = opt_outs.stop_url(settings_of(site), person, "sms", "booking_confirmed")
    async with asking(site.application()) as client:
        await client.post(url.removeprefix(settings_of(site).public_url), data={"what": "kind"})
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=1))
    await send_due(site)
    for kind in ("reminder_48h", "reminder_3h"):
        assert (await ranks(database, kind))[-1][1] == "dropped"
    assert not [message for message in outside.messages(stated(person).phone or "") if "Rappel" in message["text"]]


async def test_rule_25_what_is_legally_needed_falls_to_the_next_channel_the_rest_is_not_called_about(
    site: Site, database: Database, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session)
    await database.transact(lambda tx: opt_outs.stop(tx, person, "sms"))
    await consume(database, stated(person), session, confirmed(person, session))
    await send_due(site)
    move(offset, session.starts_at - timedelta(hours=47))
    await send_due(site)
    assert (await ranks(database, "booking_confirmed"))[-1] == ("call", "by_hand")
    assert (await ranks(database, "reminder_48h"))[-1][1] == "dropped"


async def test_rule_25_prescription_states_the_stop_and_may_take_it_back(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session)
    await database.transact(lambda tx: opt_outs.stop(tx, person, "sms"))
    await consume(database, stated(person, version=2, opt_outs=("sms",)), session)
    await consume(
        database, stated(person, version=3), session, confirmed(person, session)
    )  # asked for again at the centre
    await send_due(site)
    assert (await ranks(database, "booking_confirmed"))[-1] == ("sms", "sent")


KINDS_STOPPABLE: tuple[NoticeKind, ...] = ("long_unseen", "book_nearly_empty")


@pytest.mark.parametrize("kind", KINDS_STOPPABLE)
def test_a_token_is_read_back_and_a_changed_one_not(kind: NoticeKind, site_settings: Settings) -> None:
    person = BeneficiaryId(uuid7())
    token = opt_outs.stop_url(site_settings, person, "email", kind).rpartition("/")[2]
    assert opt_outs.read_token(site_settings, token) == (person, "email", kind)
    with pytest.raises(opt_outs.NotOurLink):
        opt_outs.read_token(site_settings, ("a" if token[0] != "a" else "b") + token[1:])


@pytest.fixture
def site_settings() -> Settings:
    return settings_for(Settings, NOWHERE, smtp_host="127.0.0.1")


async def test_rule_25_stop_by_sms_closes_the_channel_for_all_who_share_the_telephone(
    site: Site, database: Database
) -> None:
    couple = [BeneficiaryId(uuid7()) for _ in range(2)]
    session = scheduled()
    for person in couple:
        await consume(database, stated(person, phone="+33639989876"), session, confirmed(person, session))
    body = json.dumps({"sender": "+33639989876", "text": "Stop svp !"}).encode()
    async with asking(site.application()) as client:
        assert (await client.post("/api/notifications/answers/sms", content=body)).status_code == 401
        for _ in range(2):
            assert (
                await client.post("/api/notifications/answers/sms", content=body, headers=signed(body))
            ).status_code == 204
    assert len(await published(database, "contact.opted_out.v1")) == 2
    await send_due(site)
    async with database.reading() as reading:
        query = select(Notice.channel).where(Notice.kind == "booking_confirmed")
        assert {*await reading.scalars(query)} == {"call"}  # legally needed: by the next channel


async def test_brevo_and_ovh_tell_stop_in_their_own_way(by: Any, database: Database) -> None:
    site = by("ovh", "brevo")
    session = scheduled()
    for phone in ("+33639980123", "+33639980124"):
        await consume(database, stated(BeneficiaryId(uuid7()), phone=phone), session)
    async with asking(site.application()) as client:
        params = {"number": "33639980123", "message": "STOP"}
        assert (await client.get("/api/notifications/answers/ovh/ovh/wrong", params=params)).status_code == 401
        assert (await client.get(f"/api/notifications/answers/ovh/ovh/{SECRET}", params=params)).status_code == 204
        told_us = {"msg_status": "replied", "to": "33639980124", "reply": "STOP", "messageId": 1}
        headers = {"Authorization": f"Bearer {SECRET}"}
        assert (
            await client.post("/api/notifications/receipts/brevo/brevo", json=told_us, headers=headers)
        ).status_code == 204
    assert len(await published(database, "contact.opted_out.v1")) == 2
