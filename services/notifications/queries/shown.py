"""What the pages show of notices."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Row, func, or_, select

from chassis.db import Reading, one_of
from contracts.ids import BeneficiaryId, NoticeId
from contracts.words import Channel
from services.notifications.model import CallTry, Contact, Notice

MOST = 200


async def waiting_for_a_person(reading: Reading, channel: Channel, now: datetime) -> Sequence[Row[Notice, Contact]]:
    """To be called or posted now: what expires first comes first."""
    query = select(Notice, Contact).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
    useful = or_(Notice.expires_at.is_(None), Notice.expires_at > now)
    query = query.where(Notice.state == "by_hand", Notice.channel == channel, Notice.due_at <= now, useful)
    return (await reading.execute(query.order_by(Notice.expires_at.nulls_last(), Notice.due_at).limit(MOST))).all()


async def letters_of(reading: Reading, ids: Iterable[NoticeId]) -> Sequence[Notice]:
    """Of these, the letters that still wait, in the order of the page; whoever has no contact any more is left out."""
    query = select(Notice).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id)
    query = query.where(one_of(Notice.id, ids), Notice.state == "by_hand", Notice.channel == "letter")
    return (await reading.scalars(query.order_by(Notice.expires_at.nulls_last(), Notice.due_at))).all()


async def called_later(reading: Reading, now: datetime) -> int:
    query = select(func.count()).select_from(Notice)
    query = query.where(Notice.state == "by_hand", Notice.channel == "call", Notice.due_at > now)
    return (await reading.execute(query)).scalar_one()


async def tries_of(reading: Reading, notices: Sequence[Notice]) -> Mapping[NoticeId, Sequence[CallTry]]:
    """The calls made for each, in order."""
    query = select(CallTry).where(one_of(CallTry.notice_id, [one.id for one in notices])).order_by(CallTry.at)
    found: dict[NoticeId, list[CallTry]] = {one.id: [] for one in notices}
    for one in await reading.scalars(query):
        found[one.notice_id].append(one)
    return found


async def notices_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Notice]:
    query = select(Notice).where(Notice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(Notice.created_at.desc(), Notice.id).limit(MOST))).all()


async def contact_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Contact | None:
    return await reading.get(Contact, beneficiary_id)


async def recent_notices(reading: Reading) -> Sequence[Row[Notice, Contact]]:
    query = select(Notice, Contact).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id, isouter=True)
    return (await reading.execute(query.order_by(Notice.created_at.desc()).limit(100))).all()


async def failures_since(reading: Reading, since: datetime) -> Sequence[Row[Notice, Contact]]:
    query = select(Notice, Contact).join(Contact, Contact.beneficiary_id == Notice.beneficiary_id, isouter=True)
    query = query.where(Notice.state == "failed", Notice.settled_at >= since)
    return (await reading.execute(query.order_by(Notice.settled_at.desc()).limit(MOST))).all()


async def counted_since(reading: Reading, since: datetime) -> Mapping[tuple[Channel, str], int]:
    """By channel and state, of what was settled since then."""
    query = select(Notice.channel, Notice.state, func.count()).where(Notice.settled_at >= since)
    rows = await reading.execute(query.where(Notice.channel.is_not(None)).group_by(Notice.channel, Notice.state))
    return {(channel, state): number for channel, state, number in rows if channel}
