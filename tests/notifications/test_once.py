"""What is told once, and what is told again because it is another thing; «STOP» is told once too. Rules 23 and 25."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from chassis.clock import move
from chassis.db import Database
from chassis.site import Site
from contracts.booking import FileAccepted
from contracts.ids import BeneficiaryId, MediatorId, uuid7
from contracts.mediators import MediatorStated
from services.notifications import consumers
from services.notifications.model import Notice, OptOut
from services.notifications.usecases import opt_outs, planning, subject_requests
from tests.actors import asking
from tests.notifications.conftest import consume, send_due, settings_of
from tests.notifications.events import MEDIATOR, prescribed, scheduled, stated
from tests.notifications.stored import published
from tests.outside import Outside

OTHER = MediatorStated(mediator_id=MediatorId(uuid7()), version=1, name="Démo Lucie", phone="+33465710003")


def accepted(person: BeneficiaryId, mediator: MediatorId, when: datetime) -> FileAccepted:
    return FileAccepted(beneficiary_id=person, mediator_id=mediator, accepted_at=when, delay_s=60)


@pytest.mark.parametrize("sent_between", [True, False])
async def test_rule_19_a_new_mediator_is_told_after_a_hand_over(
    site: Site, database: Database, outside: Outside, offset: Path, *, sent_between: bool
) -> None:
    """Once each; of the first, nothing any more once the second has taken over."""
    person, now = BeneficiaryId(uuid7()), datetime.now(UTC)
    await consume(database, stated(person), scheduled())
    await database.transact(lambda tx: consumers.on_mediators(tx, [OTHER]))
    first, second = accepted(person, MEDIATOR, now), accepted(person, OTHER.mediator_id, now + timedelta(hours=1))
    for event in (first, first, second, second, first):
        await database.transact(lambda tx, event=event: consumers.on_booking(tx, [event]))  # type: ignore[misc]
        if sent_between:
            await send_due(site)
    move(offset, now + timedelta(minutes=3))
    await send_due(site)
    texts = [message["text"] for message in outside.messages(stated(person).phone or "")]
    names = [name for text in texts for name in ("Karim", "Lucie") if name in text]
    assert names == (["Karim", "Lucie"] if sent_between else ["Lucie"])


async def test_that_hours_wait_is_told_once_a_book_also_when_its_proof_is_anonymous(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, settings = BeneficiaryId(uuid7()), settings_of(site)
    await consume(database, stated(person), scheduled())
    await database.transact(lambda tx: consumers.on_prescription(tx, [prescribed(person)]))
    for days in (22, 230, 460):
        move(offset, datetime.now(UTC) + timedelta(days=days))
        await database.transact(lambda tx: planning.plan_long_unseen(tx, settings))
        await send_due(site)
        await database.transact(lambda tx: subject_requests.apply_retention(tx, settings))
    texts = [message["text"] for message in outside.messages(stated(person).phone or "")]
    assert sum("il vous reste des heures" in text for text in texts) == 1


async def test_rule_25_who_never_booked_stops_by_the_short_link_of_the_sms(
    site: Site, database: Database, outside: Outside, offset: Path
) -> None:
    person, settings = BeneficiaryId(uuid7()), settings_of(site)
    await consume(database, stated(person), scheduled())
    await database.transact(lambda tx: consumers.on_prescription(tx, [prescribed(person)]))
    move(offset, datetime.now(UTC) + timedelta(days=22))
    await database.transact(lambda tx: planning.plan_long_unseen(tx, settings))
    await send_due(site)
    text = outside.messages(stated(person).phone or "")[-1]["text"]
    link = text.partition("Stop : ")[2].split()[0]
    assert len(link.rpartition("/")[2]) == 12
    async with asking(site.application()) as client:
        address = link.removeprefix(settings.public_url)
        assert "Ne plus recevoir" in (await client.get(address)).text
        assert (await client.get("/stop/0123456789ab")).status_code == 404
        stopped_page = (await client.post(address, data={"what": "kind"})).text
        assert "autrement : par e-mail, par courrier ou par téléphone" in stopped_page
    async with database.reading() as reading:
        [stopped] = await reading.scalars(select(OptOut))
    assert (stopped.beneficiary_id, stopped.kind) == (person, "long_unseen")


async def test_rule_25_a_second_stop_after_prescription_stated_the_first_is_no_news(database: Database) -> None:
    """Else it would be stopped here for good, and the centre could not take it back."""
    person, session = BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person), session)
    assert await database.transact(lambda tx: opt_outs.stop(tx, person, "sms"))
    await consume(database, stated(person, version=2, opt_outs=("sms",)), session)
    assert not await database.transact(lambda tx: opt_outs.stop(tx, person, "sms"))
    assert await database.transact(lambda tx: opt_outs.stop(tx, person, "sms", "long_unseen"))
    assert len(await published(database, "contact.opted_out.v1")) == 2
    async with database.reading() as reading:
        assert [opt_out.kind for opt_out in await reading.scalars(select(OptOut))] == ["long_unseen"]
        assert not [*await reading.scalars(select(Notice))]
