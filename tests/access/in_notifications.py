"""Two people of PRESCRIBER's centre whose files MEDIATOR follows: one is to be called, the other to be written to."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.booking import FileAccepted
from contracts.ids import BeneficiaryId, NoticeId, uuid7
from contracts.mediators import MediatorStated
from county.links import stop_token
from services.notifications import consumers
from services.notifications.usecases import opt_outs
from tests.access.world import World
from tests.actors import LINK_SECRET, MEDIATOR, PRESCRIBER
from tests.notifications import events
from tests.outside import SECRET

NAME = "Démo Zélie"
SETTLE = """
UPDATE notices SET state = :state, channel = :channel, due_at = now() - interval '1 minute', expires_at = NULL,
       settled_at = now(), reason = 'numéro inconnu'
WHERE id = (SELECT min(id::text)::uuid FROM notices WHERE beneficiary_id = :person AND state = 'scheduled')
RETURNING id
"""


async def notifications(site: Site) -> World:
    database = site.runtime.database
    called, written = await somebody(database, channel="sms"), await somebody(database, **events.BY_POST)
    call = await settled(database, called, "by_hand", "call")
    await settled(database, called, "failed", "sms")
    letter = await settled(database, written, "by_hand", "letter")
    await database.transact(lambda tx: opt_outs.apply_reply(tx, events.number_of(called), "Je viens en bus."))
    (reply,) = await ids(database, "SELECT id FROM replies")
    values = {
        "beneficiary_id": called, "notice_id": call, "reply_id": reply, "secret": SECRET,
        "token": stop_token(LINK_SECRET, called, "sms"), "name": "ovh", "what": "channel",
    }  # fmt: skip
    of_letter = {"notice_id": letter, "beneficiary_id": written}
    guessed = {"token": "x", "secret": "x"}
    opening = "/messages/personnes/{beneficiary_id}/ouvrir"
    others: dict[str, dict[str, Any]] = {
        "* /courriers/*": of_letter, "*brevo*": {"name": "brevo"},
        "GET /static/*": {"name": "pass.css", "version": "0"},
    }  # fmt: skip
    return World(values, others, (NAME,), {"/api/notifications/calls": str(call)}, guessed, opening)


async def somebody(database: Database, **way: Any) -> BeneficiaryId:
    """With a seat, whose messages are planned and not yet sent."""
    person, session = BeneficiaryId(uuid7()), events.scheduled()
    named = events.stated(person, **{"centre_id": PRESCRIBER.centre_id, "first_name": NAME, **way})
    mine = MEDIATOR.mediator_id or events.MEDIATOR
    known = MediatorStated(mediator_id=mine, version=1, name=MEDIATOR.name, phone="+33465710002")
    file = FileAccepted(beneficiary_id=person, mediator_id=mine, accepted_at=datetime.now(UTC), delay_s=60)
    await database.transact(lambda tx: consumers.on_contacts(tx, [named]))
    await database.transact(lambda tx: consumers.on_catalogue(tx, [session]))
    await database.transact(lambda tx: consumers.on_mediators(tx, [known]))
    await database.transact(lambda tx: consumers.on_booking(tx, [events.confirmed(person, session), file]))
    return person


async def settled(database: Database, person: BeneficiaryId, state: str, channel: str) -> NoticeId:
    """One of their messages, as if it had been tried."""
    (notice,) = await ids(database, SETTLE, state=state, channel=channel, person=person)
    return NoticeId(notice)


async def ids(database: Database, statement: str, **values: object) -> list[UUID]:
    async with database.engine.begin() as connection:
        return [*(await connection.execute(text(statement), values)).scalars()]
