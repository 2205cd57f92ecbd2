"""Whose messages are open to whom, and why: their centre's, their mediator's, those for whom a reason was given."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Uuid, case, exists, false, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from chassis.db import Reading, any_of
from contracts.ids import BeneficiaryId, MediatorId, NoticeId
from services.notifications.model import Agent, Contact, File, Notice, RecordRead, Session

Person = (
    ColumnElement[BeneficiaryId] | InstrumentedAttribute[BeneficiaryId] | InstrumentedAttribute[BeneficiaryId | None]
)
BY_HAND_NOW = Notice.state == "by_hand"


def why_open(agent: Agent, person: Person, due: ColumnElement[bool] | None = None) -> ColumnElement[str]:
    """Ask why the agent may see that person's messages; nothing when they may not.

    `due`: what is for a person to do, which is the administration's work too.
    """
    theirs = or_(_of_centre(agent, person), _of_mediator(agent, person), _of_administration(agent, due))
    given = RecordRead.by == agent.subject, RecordRead.opening, RecordRead.at > agent.since
    reason = select(RecordRead.why).where(RecordRead.beneficiary_id == person, *given)
    return case((theirs, literal(agent.why)), else_=reason.order_by(RecordRead.at.desc()).limit(1).scalar_subquery())


def _of_centre(agent: Agent, person: Person) -> ColumnElement[bool]:
    if agent.centre_id is None:
        return false()
    return (
        exists().where(Contact.beneficiary_id == person, Contact.centre_id == agent.centre_id).correlate_except(Contact)
    )


def _of_mediator(agent: Agent, person: Person) -> ColumnElement[bool]:
    """Their file is followed by this mediator, or they have a notice of a session that this mediator will give."""
    if agent.mediator_id is None:
        return false()
    file = exists().where(File.beneficiary_id == person, File.mediator_id == agent.mediator_id)
    return or_(file, _of_session(agent.mediator_id, person, agent.at))


def _of_session(me: MediatorId, person: Person, now: datetime) -> ColumnElement[bool]:
    sent = aliased(Notice)
    mine = Session.mediator_id == me, Session.ends_at > now
    return (
        exists()
        .where(sent.beneficiary_id == person, sent.session_id == Session.id, *mine)
        .correlate_except(sent, Session)
    )


def _of_administration(agent: Agent, due: ColumnElement[bool] | None) -> ColumnElement[bool]:
    return due if due is not None and agent.administrator else false()


async def why_open_of(reading: Reading, agent: Agent, person: BeneficiaryId) -> str | None:
    return (await reading.execute(select(why_open(agent, literal(person, Uuid()))))).scalar_one()


async def why_open_to(
    reading: Reading, agent: Agent, ids: Iterable[NoticeId]
) -> list[tuple[NoticeId, BeneficiaryId, str | None]]:
    """Find, of these notices, whose each is, and why the agent may see it or do what it asks."""
    why = why_open(agent, Notice.beneficiary_id, BY_HAND_NOW)
    query = select(Notice.id, Notice.beneficiary_id, why).where(any_of(Notice.id, ids))
    return [(notice, person, reason) for notice, person, reason in await reading.execute(query)]
