"""What a resident's code opens, for whom, until when. Rules 16, 18 and 26."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import Depends

from chassis.db import Reading
from chassis.refusal import NotFound
from chassis.web import Page, checked
from county.links import as_typed
from services.booking import queries
from services.booking.model import Booking, File, Mediator, Session
from services.booking.policy import BookingPolicy
from services.booking.web.forms import position_of

OPEN_AFTER_SESSION, OPEN_AFTER_OFFER = timedelta(days=7), timedelta(days=1)

LinkState = Literal["offer", "offer ended", "coming", "begun", "attended", "missed", "cancelled", "given back"]


class LinkClosed(NotFound):
    """The same for a code that never was and for one that is over: trying codes teaches nothing."""

    def __init__(self) -> None:
        super().__init__("Ce code n'est pas valable : il est trop ancien, ou il y a une erreur.")


@dataclass(frozen=True)
class Link:
    """`file` is there until its person is erased."""

    booking: Booking
    session: Session
    file: File

    def state(self, now: datetime) -> LinkState:
        """Say what the page is about."""
        booking = self.booking
        cancelled = self.session.state == "cancelled"
        match booking.state:
            case "offered" if booking.offered_until and now < min(booking.offered_until, booking.starts_at):
                return "offer"
            case "offered" | "declined" | "lapsed":
                return "cancelled" if cancelled else "offer ended"
            case "confirmed":
                return "coming" if now < booking.starts_at else "begun"
            case "cancelled":
                return "cancelled" if cancelled else "given back"
            case other:
                return other

    def changed(self, now: datetime) -> bool:
        """Say whether the organiser changed it: the same training at another time is shown."""
        state = self.state(now)
        return state == "cancelled" or (state == "coming" and self.booking.moved_at is not None)


def open_until(booking: Booking) -> datetime:
    if booking.state in {"offered", "declined", "lapsed"} and booking.offered_until:
        return booking.offered_until + OPEN_AFTER_OFFER
    return booking.ends_at + OPEN_AFTER_SESSION


async def opened(reading: Reading, page: Page, link: str) -> Link:
    """Open it by the code at the end of its address. Raises LinkClosed."""
    try:
        booking = await queries.booking_of_code(reading, as_typed(link))
    except queries.NoSuchBooking as error:
        raise LinkClosed from error
    file = (await queries.files_of(reading, [booking.person])).get(booking.person)
    if file is None or page.now > open_until(booking):
        raise LinkClosed
    return Link(booking, await queries.session(reading, booking.session_id), file)


Opened = Annotated[Link, Depends(checked(opened))]


async def shown(reading: Reading, link: Link, now: datetime, policy: BookingPolicy) -> dict[str, Any]:
    """Read what is the person's own: the session, their hours, what else is planned."""
    person, booking = link.booking.person, link.booking
    wallet = await queries.wallet(reading, person)
    coming = [
        (seat, session)
        for seat, session in await queries.bookings_of(reading, person)
        if seat.state == "confirmed" and seat.starts_at > now and seat.id != booking.id
    ]
    return {
        "booking": booking,
        "session": link.session,
        "state": link.state(now),
        "wallet": wallet,
        "coming": coming[::-1],
        "waits": [(place, of) for place, of in await queries.waits_of(reading, person) if of.id != booking.session_id],
        "late": booking.is_late(now, policy),
        "forgiven": wallet.misses < policy.absences_forgiven,
        "mediator": await to_call(reading, link),
    }


async def to_call(reading: Reading, link: Link) -> Mediator | None:
    """Find who follows the file, or gives the session."""
    mine = link.file.mediator_id if link.file.state == "accepted" else None
    for mediator_id in (mine, link.session.mediator_id):
        mediator = await queries.mediator_or_none(reading, mediator_id) if mediator_id else None
        if mediator and mediator.in_post:
            return mediator
    return None


async def others(reading: Reading, link: Link, now: datetime) -> list[tuple[Session, float | None]]:
    """List what may be booked instead of a session that was cancelled or moved, with the distance."""
    around = position_of((await queries.people(reading, [link.booking.person])).get(link.booking.person))
    sessions = await queries.alternatives(reading, link.session, now)
    return [(session, queries.km_to(session, around)) for session in sessions]
