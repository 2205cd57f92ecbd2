"""Who asked to be forgotten is told, by their own channel, until when they can change their mind. Rule 27."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, RequestId, uuid7
from contracts.prescription import BeneficiaryErased, BeneficiaryErasureRequested, BeneficiaryErasureWithdrawn
from contracts.words import Channel
from services.notifications import consumers
from services.notifications.model import Notice
from services.notifications.texts.rendering import short_day
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import BY_POST, number_of, scheduled, stated
from tests.outside import Outside

DUE_AT = datetime.now(UTC) + timedelta(days=7)


def requested(person: BeneficiaryId) -> BeneficiaryErasureRequested:
    return BeneficiaryErasureRequested(request_id=RequestId(uuid7()), beneficiary_id=person, due_at=DUE_AT)


async def consumed(
    database: Database, *events: BeneficiaryErasureRequested | BeneficiaryErasureWithdrawn | BeneficiaryErased
) -> None:
    await database.transact(lambda tx: consumers.on_prescription(tx, events))


async def test_walls_09_who_asked_to_be_erased_is_told_when_and_whom_to_call_to_say_no(
    site: Site, database: Database, outside: Outside
) -> None:
    person = BeneficiaryId(uuid7())
    await consume(database, stated(person), scheduled())
    asked = requested(person)
    for _ in range(2):
        await consumed(database, asked)
    await send_due(site)
    [text] = [message["text"] for message in outside.messages(number_of(person))]
    assert "demande d'effacement est enregistrée" in text
    assert short_day(DUE_AT.date()).split()[1] in text
    assert "04 65" in text


@pytest.mark.parametrize(
    ("contact", "channel"), [({"opt_outs": ("sms",)}, "call"), (BY_POST, "letter")], ids=["who stopped SMS", "by post"]
)
async def test_walls_09_who_stopped_a_channel_is_told_of_an_erasure_by_another(
    site: Site, database: Database, contact: dict[str, object], channel: Channel
) -> None:
    person = BeneficiaryId(uuid7())
    await consume(database, stated(person, **contact), scheduled())
    await consumed(database, requested(person))
    await send_due(site)
    async with database.reading() as reading:
        [notice] = await reading.scalars(select(Notice).where(Notice.beneficiary_id == person))
    assert (notice.kind, notice.channel, notice.state) == ("erasure_requested", channel, "by_hand")


async def test_walls_09_a_request_that_was_withdrawn_is_told_and_the_erasure_no_more(
    site: Site, database: Database, outside: Outside
) -> None:
    person = BeneficiaryId(uuid7())
    await consume(database, stated(person), scheduled())
    asked = requested(person)
    withdrawn = BeneficiaryErasureWithdrawn(request_id=asked.request_id, beneficiary_id=person)
    await consumed(database, asked)
    await consumed(database, withdrawn, withdrawn)
    await send_due(site)
    [text] = [message["text"] for message in outside.messages(number_of(person))]
    assert "Rien n'est effacé" in text


async def test_walls_09_nothing_is_told_of_an_erasure_that_was_done(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person = BeneficiaryId(uuid7())
    await consume(database, stated(person), scheduled())
    await consumed(database, requested(person), BeneficiaryErased(beneficiary_id=person))
    move(offset, datetime.now(UTC) + timedelta(days=8))
    await send_due(site)
    assert outside.messages(number_of(person)) == []
