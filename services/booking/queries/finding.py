"""Sessions that may be booked, as a mediator looks for them; and trainings, for a learning plan."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import extract, func, or_, select

from chassis.clock import PARIS
from chassis.db import Reading
from chassis.plain import plain
from contracts.ids import TrainingId
from services.booking.model import Session, Training
from services.booking.queries.seats import HAS_SEATS

MOST_READ, MOST_SHOWN = 1000, 50
EVENING = 17  # hour, Europe/Paris


@dataclass(frozen=True)
class Wanted:
    """What a person can come to. `day` and `evenings` are Paris time; `text` is part of a title, place or commune."""

    text: str = ""
    training_id: TrainingId | None = None
    day: date | None = None
    evenings: bool = False
    with_seats: bool = False


async def upcoming_sessions(reading: Reading, now: datetime, wanted: Wanted | None = None) -> Sequence[Session]:
    """The soonest first."""
    wanted = wanted or Wanted()
    query = select(Session).where(Session.state == "scheduled", Session.starts_at > now)
    if wanted.training_id:
        query = query.where(Session.training_id == wanted.training_id)
    if wanted.day:
        begins = datetime.combine(wanted.day, time(), PARIS)
        query = query.where(Session.starts_at >= begins, Session.starts_at < begins + timedelta(days=1))
    if wanted.evenings:
        query = query.where(extract("hour", func.timezone("Europe/Paris", Session.starts_at)) >= EVENING)
    if wanted.with_seats:
        query = query.where(HAS_SEATS)
    found = (await reading.scalars(query.order_by(Session.starts_at).limit(MOST_READ))).all()
    words = plain(wanted.text).split()
    return [one for one in found if _has_all(one, words)][:MOST_SHOWN]


def _has_all(session: Session, words: Sequence[str]) -> bool:
    said = plain(f"{session.training_title} {session.training_code} {session.place['name']} {session.place['commune']}")
    return all(word in said for word in words)


async def alternatives(reading: Reading, to: Session, now: datetime) -> Sequence[Session]:
    """Other sessions of the same training with a seat, the soonest first."""
    same = Session.training_id == to.training_id, Session.id != to.id, HAS_SEATS
    query = select(Session).where(*same, Session.state == "scheduled", Session.starts_at > now)
    return (await reading.scalars(query.order_by(Session.starts_at).limit(5))).all()


async def trainings(reading: Reading, text: str = "") -> Sequence[Training]:
    """Those published, by title; `text` is part of the title, summary or themes."""
    query = select(Training).where(Training.published)
    for word in plain(text).split():
        like = f"%{word}%"
        said = func.unaccent(func.lower(func.concat_ws(" ", Training.title, Training.summary, Training.code)))
        query = query.where(or_(said.like(like), func.array_to_string(Training.themes, " ").like(like)))
    return (await reading.scalars(query.order_by(Training.title).limit(200))).all()


async def trainings_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Training]:
    return {one.id: one for one in await reading.scalars(select(Training).where(Training.id.in_(ids)))}
