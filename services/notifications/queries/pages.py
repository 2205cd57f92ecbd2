"""What the pages show of notices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, Select, func, or_, select

from chassis.db import Reading, any_of
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, NoticeId
from contracts.words import Channel
from services.notifications.model import Agent, CallTry, Contact, Notice
from services.notifications.queries.access import BY_HAND_NOW, why_open

MOST, RECENT = 200, 100

Shown = Row[Notice, Contact | None, str | None]
"""With why it is open to who asks; nothing when it is not."""


class NoSuchPerson(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'est pas connue ici. Cherchez-la dans les fiches.")


async def waiting_for_a_person(
    reading: Reading, channel: Channel, agent: Agent
) -> Sequence[Row[Notice, Contact, str | None]]:
    """List what is to be called or posted now, with why it is open to the agent: theirs first, then by expiry."""
    why, now = why_open(agent, Notice.beneficiary_id, BY_HAND_NOW).label("why"), agent.at
    query = select(Notice, Contact, why).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
    useful = or_(Notice.expires_at.is_(None), Notice.expires_at > now)
    query = query.where(Notice.state == "by_hand", Notice.channel == channel, Notice.due_at <= now, useful)
    ordered = query.order_by(why.is_(None), Notice.expires_at.nulls_last(), Notice.due_at)
    return (await reading.execute(ordered.limit(MOST))).all()


async def letters_of(reading: Reading, ids: Iterable[NoticeId]) -> Sequence[Notice]:
    """List, of these, the letters that still wait, in the order of the page; none of a person without a contact."""
    query = select(Notice).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
    query = query.where(any_of(Notice.id, ids), Notice.state == "by_hand", Notice.channel == "letter")
    return (await reading.scalars(query.order_by(Notice.expires_at.nulls_last(), Notice.due_at))).all()


async def called_later(reading: Reading, now: datetime) -> int:
    query = select(func.count()).select_from(Notice)
    query = query.where(Notice.state == "by_hand", Notice.channel == "call", Notice.due_at > now)
    return (await reading.execute(query)).scalar_one()


async def tries_of(reading: Reading, notices: Sequence[Notice]) -> Mapping[NoticeId, Sequence[CallTry]]:
    """List the calls made for each, in order."""
    query = select(CallTry).where(any_of(CallTry.notice_id, [notice.id for notice in notices])).order_by(CallTry.at)
    tries: dict[NoticeId, list[CallTry]] = {notice.id: [] for notice in notices}
    for tried in await reading.scalars(query):
        tries[tried.notice_id].append(tried)
    return tries


async def notices_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Notice]:
    query = select(Notice).where(Notice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(Notice.created_at.desc(), Notice.id).limit(MOST))).all()


async def is_known(reading: Reading, beneficiary_id: BeneficiaryId) -> bool:
    notice = select(Notice.id).where(Notice.beneficiary_id == beneficiary_id).limit(1)
    return bool(await contact_of(reading, beneficiary_id) or (await reading.scalars(notice)).first())


async def contact_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Contact | None:
    return await reading.get(Contact, beneficiary_id)


async def recent_notices(reading: Reading, agent: Agent) -> Sequence[Shown]:
    """List those of people whose messages are open to the agent; all for the administration, without a name."""
    query = _with_contact(agent).order_by(Notice.created_at.desc())
    return (await reading.execute(query.limit(RECENT))).all()


async def failures_since(reading: Reading, since: datetime, agent: Agent) -> Sequence[Shown]:
    """List the same, of what failed since then."""
    query = _with_contact(agent).where(Notice.state == "failed", Notice.settled_at >= since)
    return (await reading.execute(query.order_by(Notice.settled_at.desc()).limit(MOST))).all()


def _with_contact(agent: Agent) -> Select[Notice, Contact, str | None]:
    why = why_open(agent, Notice.beneficiary_id)
    query = select(Notice, Contact, why).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id, isouter=True)
    return query if agent.administrator else query.where(why.is_not(None))


async def counted_since(reading: Reading, since: datetime) -> Mapping[tuple[Channel, str], int]:
    """Count by channel and state what was settled since then."""
    query = select(Notice.channel, Notice.state, func.count()).where(Notice.settled_at >= since)
    rows = await reading.execute(query.where(Notice.channel.is_not(None)).group_by(Notice.channel, Notice.state))
    return {(channel, state): number for channel, state, number in rows if channel}
