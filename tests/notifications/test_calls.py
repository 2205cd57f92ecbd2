"""Who is told by telephone: an outcome for each call, and when the next one is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.clock import PARIS, move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.usecases.calling import next_try
from tests.actors import MEDIATOR, asking
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import ranks


async def test_rule_4_a_landline_is_never_promised_an_sms_it_is_called(site: Site, database: Database) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    landline = {"channel": "call", "phone": "+33465710009", "phone_kind": "landline"}
    await consume(database, stated(person, **landline), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        page = (await client.get("/appels")).text
        assert "tel:+33465710009" in page
        [call] = [
            notice
            for notice in (await client.get("/api/notifications/calls")).json()
            if notice["kind"] == "booking_confirmed"
        ]
        assert (await client.post(f"/api/notifications/notices/{call['id']}/done")).json()["state"] == "delivered"
        assert (await client.post(f"/api/notifications/notices/{call['id']}/done")).status_code == 409


CALLED: list[tuple[list[str], str]] = [
    (["reached"], "delivered"),
    (["message_left"], "delivered"),
    (["no_answer"], "by_hand"),
    (["no_answer", "no_answer", "reached"], "delivered"),
    (["no_answer"] * 4, "failed"),
    (["wrong_number"], "failed"),
]


@pytest.mark.parametrize(("outcomes", "state"), CALLED)
async def test_a_call_has_an_outcome_and_a_next_try(
    site: Site, database: Database, outcomes: list[str], state: str, offset: Path
) -> None:
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person, channel="call"), session, confirmed(person, session))
    await send_due(site)
    async with asking(site.application(), MEDIATOR) as client:
        call = {"id": ""}
        for number, outcome in enumerate(outcomes):
            [call] = (await client.get("/api/notifications/calls")).json()
            page = (await client.get("/appels")).text
            assert page.count("pas de réponse") == number
            await client.post(f"/api/notifications/notices/{call['id']}/call", json={"outcome": outcome})
            if outcome == "no_answer":
                assert (await client.get("/api/notifications/calls")).json() == []  # not at once
            move(offset, datetime.now(UTC) + timedelta(hours=20 * (number + 1)))
        again = await client.post(f"/api/notifications/notices/{call['id']}/call", json={"outcome": "reached"})
        assert again.status_code == (200 if state == "by_hand" else 409)
    if state != "by_hand":
        assert (await ranks(database, "booking_confirmed"))[-1][1] == state


@pytest.mark.parametrize(
    ("called", "again"),
    [("2027-01-12T10:00", "2027-01-12T13:00"), ("2027-01-12T16:30", "2027-01-13T09:00"),
     ("2027-03-27T17:00", "2027-03-28T09:00"), ("2027-01-12T05:00", "2027-01-12T09:00")],
)  # fmt: skip
def test_people_are_called_again_when_they_may_be_called(called: str, again: str) -> None:
    moment = datetime.fromisoformat(called).replace(tzinfo=PARIS)
    assert next_try(moment.astimezone(UTC)) == datetime.fromisoformat(again).replace(tzinfo=PARIS)
