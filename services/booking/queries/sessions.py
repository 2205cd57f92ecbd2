"""Sessions and their free seats; and those that may be booked, as a mediator looks for them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import and_, exists, extract, func, or_, select

from chassis.clock import PARIS
from chassis.db import Reading, Transaction, any_of
from chassis.plain import plain
from chassis.refusal import NotFound
from chassis.turns import read_in_turns
from contracts.ids import SessionId, TrainingId
from county.communes import Position, by_insee, distance_km
from services.booking.model import Booking, Mediator, Session

MOST_READ, MOST_SHOWN = 1000, 50


EVENING = 17  # hour, Europe/Paris


FAR = 1000.0  # kilometres: a place whose position nobody knows


HAS_SEATS = Session.capacity > Session.seats_given - func.cardinality(Session.seats_back)


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'est pas encore connue ici. Réessayez dans quelques secondes.")


async def session(reading: Reading, session_id: SessionId) -> Session:
    session = await reading.get(Session, session_id)
    if session is None:
        raise NoSuchSession
    return session


async def sessions_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Session]:
    return {session.id: session for session in await reading.scalars(select(Session).where(any_of(Session.id, ids)))}


async def session_for_update(tx: Transaction, session_id: SessionId) -> Session:
    session = (await sessions_for_update(tx, {session_id})).get(session_id)
    if session is None:
        raise NoSuchSession
    return session


async def sessions_for_update(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Session]:
    """Lock them in the order of their ids, so that two transactions never wait for each other."""
    query = select(Session).where(any_of(Session.id, ids)).order_by(Session.id).with_for_update()
    sessions = await tx.scalars(query.execution_options(populate_existing=True))
    return {session.id: session for session in sessions}


async def sessions_of_day(reading: Reading, mediator: Mediator, now: datetime) -> Sequence[Session]:
    """List those of a mediator and their spaces: yesterday's to tomorrow's in France, and older ones not yet marked."""
    today = datetime.combine(now.astimezone(PARIS), time(), PARIS)
    near = and_(Session.starts_at >= today - timedelta(days=1), Session.starts_at < today + timedelta(days=2))
    unmarked = exists().where(Booking.session_id == Session.id, Booking.state == "confirmed")
    late = and_(Session.ends_at < now, unmarked)
    mine = or_(Session.mediator_id == mediator.id, any_of(Session.space_id, mediator.space_ids))
    query = select(Session).where(mine, Session.state == "scheduled", or_(near, late))
    return (await reading.scalars(query.order_by(Session.starts_at))).all()


@dataclass(frozen=True)
class Wanted:
    """What a person can come to. `day` and `evenings` are Paris time; `text` is part of a title, place or commune.

    `around` is where the person lives: of one day, the nearest comes first.
    """

    text: str = ""
    training_id: TrainingId | None = None
    day: date | None = None
    evenings: bool = False
    with_seats: bool = False
    around: Position | None = None
    within_km: float | None = None

    def fits(self, session: Session) -> bool:
        near = self.within_km is None or _far(session, self.around) <= self.within_km
        return near and _has_all(session, plain(self.text).split())


async def upcoming_sessions(reading: Reading, now: datetime, wanted: Wanted | None = None) -> Sequence[Session]:
    """List those that are wanted, the soonest day first."""
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
    sessions = await read_in_turns(reading, query.order_by(Session.starts_at).limit(MOST_READ))
    fitting = [session for session in sessions if wanted.fits(session)]
    return sorted(fitting, key=partial(_day_then_km, wanted.around))[:MOST_SHOWN]


def _day_then_km(around: Position | None, session: Session) -> tuple[date, float, datetime]:
    return session.starts_at.astimezone(PARIS).date(), _far(session, around), session.starts_at


def _far(session: Session, around: Position | None) -> float:
    """Where nobody knows the place, it is far; where nobody knows the person's commune, everything is near."""
    km = km_to(session, around)
    return (FAR if around else 0) if km is None else km


def km_to(session: Session, around: Position | None) -> float | None:
    """Measure as the crow flies, from the town hall if the place has no position. None: nobody knows."""
    latitude, longitude = session.place["latitude"], session.place["longitude"]
    if around is None:
        return None
    if latitude is not None and longitude is not None:
        return distance_km(around, (latitude, longitude))
    commune = by_insee(session.place["commune_insee"])
    return distance_km(around, commune) if commune else None


def _has_all(session: Session, words: Sequence[str]) -> bool:
    place = session.place
    text = plain(f"{session.training_title} {session.training_code} {place['name']} {place['commune']}")
    return all(word in text for word in words)


async def alternatives(reading: Reading, to: Session, now: datetime) -> Sequence[Session]:
    """List other sessions of the same training with a seat, the soonest first."""
    same = Session.training_id == to.training_id, Session.id != to.id, HAS_SEATS
    query = select(Session).where(*same, Session.state == "scheduled", Session.starts_at > now)
    return (await reading.scalars(query.order_by(Session.starts_at).limit(5))).all()


async def next_sessions(
    reading: Reading, training_ids: Collection[UUID], now: datetime, around: Position | None
) -> Mapping[UUID, Sequence[Session]]:
    """Map each training to its sessions with a seat: the soonest day first, and the nearest of that day."""
    query = select(Session).where(any_of(Session.training_id, training_ids), HAS_SEATS)
    query = query.where(Session.state == "scheduled", Session.starts_at > now).order_by(Session.starts_at)
    sessions: defaultdict[UUID, list[Session]] = defaultdict(list)
    for session in sorted(await read_in_turns(reading, query.limit(MOST_READ)), key=partial(_day_then_km, around)):
        sessions[session.training_id].append(session)
    return sessions
