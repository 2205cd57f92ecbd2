"""Bookings, offers and waiting lists as they were published, and the seats of their sessions, counted anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis import rows
from chassis.db import Transaction
from contracts.booking import (
    BookingAttended,
    BookingCancelled,
    BookingConfirmed,
    BookingMissed,
    BookingMoved,
    SeatDeclined,
    SeatLapsed,
    SeatOffered,
    SessionFilled,
    WaitingJoined,
    WaitingLeft,
)
from contracts.event import CloudEvent, Event
from contracts.ids import BookingId
from services.booking import queries
from services.booking.model import Booking, Record, Session, WaitingPerson
from services.booking.model.booking import State
from services.booking.policy import BookingPolicy

BOOKINGS = Record.metadata.tables["bookings"]
Figures = tuple[int, int, int]
TAKES_A_SEAT = {"offered", "confirmed", "attended", "missed"}

STATES: dict[type[Event], State] = {
    BookingConfirmed: "confirmed",
    BookingCancelled: "cancelled",
    BookingMoved: "confirmed",
    BookingAttended: "attended",
    BookingMissed: "missed",
    SeatOffered: "offered",
    SeatDeclined: "declined",
    SeatLapsed: "lapsed",
}
SeatEvent = (
    BookingConfirmed | BookingCancelled | BookingMoved | BookingAttended | BookingMissed
    | SeatOffered | SeatDeclined | SeatLapsed
)  # fmt: skip


async def take_up(tx: Transaction, published: Sequence[CloudEvent], policy: BookingPolicy) -> list[Session]:
    """The answer is the sessions that are not as they were published last."""
    concerned = {session for record in published if (session := getattr(record.event, "session_id", None))}
    sessions = await queries.sessions_for_update(tx, concerned)
    seats = await Seats.of(tx, sessions, [record.event for record in published], policy)
    figures: dict[UUID, Figures] = {session.id: _figures(session) for session in sessions.values()}
    for record in published:
        if isinstance(record.event, SeatEvent):
            seats.follow(record.event, record.time)
        elif isinstance(record.event, SessionFilled):
            figures[record.event.session_id] = _figures(record.event)
            session = sessions[record.event.session_id]
            session.fill_version = max(session.fill_version, record.event.version)
    lists = await queries.list_lengths(tx, sessions)
    for session in sessions.values():
        _count(session, seats.in_session(session))
        session.waiting, last_place = lists.get(session.id, (0, 0))
        session.last_place = max(session.last_place, last_place)
    await seats.store(tx)
    return [session for session in sessions.values() if _figures(session) != figures[session.id]]


@dataclass
class Seats:
    """Bookings of these sessions, beside the transaction: it would store them in an order that the schema refuses."""

    sessions: dict[UUID, Session]
    policy: BookingPolicy
    known: dict[UUID, Booking]
    new: dict[UUID, Booking] = field(default_factory=dict)

    @classmethod
    async def of(
        cls, tx: Transaction, sessions: dict[UUID, Session], events: Iterable[Event], policy: BookingPolicy
    ) -> "Seats":
        named = {event.subject for event in events if isinstance(event, SeatEvent)}
        known = await queries.seats_known(tx, sessions, {UUID(subject) for subject in named})
        for booking in known.values():
            tx.expunge(booking)
        return cls(sessions, policy, known)

    def in_session(self, session: Session) -> list[Booking]:
        return [booking for booking in (*self.known.values(), *self.new.values()) if booking.session_id == session.id]

    def follow(self, event: SeatEvent, at: datetime) -> None:
        id_ = UUID(event.subject)
        booking = self.known.get(id_) or self.new.get(id_)
        if booking is None:
            booking = self.new[id_] = self._begun(event, at)
        follow(booking, event, at)

    def _begun(self, event: SeatEvent, at: datetime) -> Booking:
        """What is not in the event itself is the session's."""
        session, id_ = self.sessions[event.session_id], BookingId(UUID(event.subject))
        return Booking(
            id=id_, session_id=session.id, beneficiary_id=event.beneficiary_id, seat=0, state="confirmed",
            code=self.policy.code(id_), starts_at=session.starts_at, ends_at=session.ends_at, offered_until=None,
            price=session.price, moved=False, moved_at=None, late_at=None, booked_at=at, by_kind="system", by_id=None,
        )  # fmt: skip

    async def store(self, tx: Transaction) -> None:
        """Seats that are free again come before those that are taken."""
        await tx.flush()
        for sits in (False, True):
            changed = [booking.row for booking in self.known.values() if (booking.state in TAKES_A_SEAT) == sits]
            await rows.change(tx, BOOKINGS, ("id",), changed)
        await rows.add(tx, BOOKINGS, [booking.row for booking in self.new.values()])


def follow(booking: Booking, event: SeatEvent, at: datetime) -> None:
    """The last word about a booking is the truth."""
    booking.state = STATES[type(event)]
    match event:
        case BookingConfirmed():
            booking.booked_at, booking.price = event.booked_at, len(event.voucher_ids)
            booking.starts_at, booking.ends_at = event.starts_at, event.ends_at
            booking.by_kind = event.by.kind
        case BookingCancelled() if event.late:
            booking.late_at = at
        case BookingMoved():
            if booking.starts_at != event.starts_at:
                booking.moved, booking.moved_at = True, at
            booking.starts_at, booking.ends_at = event.starts_at, event.ends_at
        case SeatOffered():
            booking.offered_until, booking.booked_at = event.until, at
        case _:
            pass


def _count(session: Session, bookings: Sequence[Booking]) -> None:
    """Who had a seat keeps it where it is theirs alone, the others get the next that are free."""
    sitting = [booking for booking in bookings if booking.state in TAKES_A_SEAT]
    taken: dict[int, Booking] = {}
    for booking in sorted(sitting, key=lambda booking: not booking.seat):
        if not booking.seat or booking.seat in taken:
            booking.seat = next(seat for seat in range(1, len(sitting) + len(taken) + 2) if seat not in taken)
        taken[booking.seat] = booking
    session.seats_given = max(taken, default=0)
    session.seats_back = [seat for seat in range(1, session.seats_given + 1) if seat not in taken]
    offers = [booking for booking in sitting if booking.state == "offered"]
    for offer in offers:  # one that is not taken yet follows its session without a word
        offer.starts_at, offer.ends_at = session.starts_at, session.ends_at
    session.offered = len(offers)
    session.capacity = max(session.catalogue_capacity, len(sitting))


async def take_up_lists(tx: Transaction, published: Sequence[CloudEvent]) -> None:
    """The last word about a person in a list counts. The sessions' counters follow with the seats."""
    last: dict[tuple[object, object], tuple[WaitingJoined | WaitingLeft, datetime]] = {}
    for record in published:
        if isinstance(record.event, WaitingJoined | WaitingLeft):
            last[record.event.session_id, record.event.beneficiary_id] = record.event, record.time
    events = [event for event, _ in last.values()]
    sessions, people = {event.session_id for event in events}, {event.beneficiary_id for event in events}
    known = await queries.waiting_among(tx, sessions, people)
    for event, at in last.values():
        place = known.get((event.session_id, event.beneficiary_id))
        if place:
            await tx.delete(place)
            await tx.flush()
        if isinstance(event, WaitingJoined):
            who = {"session_id": event.session_id, "beneficiary_id": event.beneficiary_id}
            tx.add(WaitingPerson(**who, place=event.place, joined_at=at))
    await tx.flush()


def _figures(of: Session | SessionFilled) -> Figures:
    return of.taken, of.offered, of.waiting
