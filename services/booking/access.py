"""Who may see and change what: a mediator's own people and sessions, a prescriber's centre. Rules 16 and 19."""

from typing import Annotated

from fastapi import Depends, Request

from chassis.bounds import OneOf
from chassis.db import Reading
from chassis.web import CommandBatcher, Principal, allowed, batcher, checked, mediator_signed_in
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from contracts.words import Actor
from services.booking import queries, wording
from services.booking.model import Booking, NotYourPerson, NotYourSession, Session
from services.booking.policy import BookingPolicy
from services.booking.usecases import Request as SeatRequest

Mediator = Annotated[Principal, Depends(allowed("mediator"))]
Prescriber = Annotated[Principal, Depends(allowed("prescriber"))]
Professional = Annotated[Principal, Depends(allowed("mediator", "prescriber"))]
Me = Annotated[MediatorId, Depends(mediator_signed_in)]

PROPOSED = "un dossier proposé attend le premier médiateur qui le reprend"
ANNOUNCED = "une séance est annoncée à tous"

WhyCancelled = Annotated[str, OneOf(wording.CANCELLATIONS)]
WhyCorrected = Annotated[str, OneOf(wording.CORRECTIONS)]
WhyMarked = Annotated[str, OneOf(("", *wording.CORRECTIONS))]
WhyHandedOver = Annotated[str, OneOf(wording.HAND_OVERS)]


async def _policy(request: Request) -> BookingPolicy:
    policy: BookingPolicy = request.app.state.settings.policy
    return policy


Policy = Annotated[BookingPolicy, Depends(_policy)]
Seats = Annotated[CommandBatcher[SeatRequest, Booking], Depends(batcher("seats"))]


async def in_care(reading: Reading, beneficiary_id: BeneficiaryId, me: Me) -> BeneficiaryId:
    """Check that this mediator follows the person's file. Raises FileOfAnother, NoSuchFile."""
    (await queries.file(reading, beneficiary_id)).check_followed_by(me)
    return beneficiary_id


async def is_mine(reading: Reading, session: Session, me: MediatorId) -> bool:
    """Say whether they give the session, or it is in a space of theirs."""
    mediator = await queries.mediator_or_none(reading, me)
    return session.mediator_id == me or bool(mediator and session.space_id in mediator.space_ids)


async def of_mine(reading: Reading, session_id: SessionId, me: Me) -> SessionId:
    """Check that the session is mine. Raises NotYourSession, NoSuchSession."""
    if not await is_mine(reading, await queries.session(reading, session_id), me):
        raise NotYourSession
    return session_id


async def in_mine(reading: Reading, booking_id: BookingId, me: Me) -> BookingId:
    """Check that the booking is in a session of mine. Raises NoSuchBooking, NotYourSession."""
    await of_mine(reading, (await queries.booking(reading, booking_id)).session_id, me)
    return booking_id


async def of_my_care(reading: Reading, booking_id: BookingId, me: Me) -> BookingId:
    """Check that the booking is in a session of mine, or of someone whose file I follow. Raises FileOfAnother."""
    await check_in_care(reading, await queries.booking(reading, booking_id), me)
    return booking_id


async def check_in_care(reading: Reading, booking: Booking, me: MediatorId) -> None:
    if not await is_mine(reading, await queries.session(reading, booking.session_id), me):
        await in_care(reading, booking.person, me)


async def may_change(reading: Reading, booking_id: BookingId, who: Professional) -> Actor:
    """Say as whom a booking may be cancelled: the person's centre, their mediator, or the session's."""
    booking = await queries.booking(reading, booking_id)
    if who.mediator_id is None:
        await of_my_centre(reading, booking.person, who)
        return who.acting_as("prescriber")
    await check_in_care(reading, booking, who.mediator_id)
    return who.acting_as("mediator")


async def of_my_centre(reading: Reading, beneficiary_id: BeneficiaryId, who: Prescriber) -> BeneficiaryId:
    """Check that the person is of this prescriber's centre. Raises NotYourPerson."""
    person = (await queries.people(reading, [beneficiary_id])).get(beneficiary_id)
    if person is None or who.centre_id is None or person.centre_id != who.centre_id:
        raise NotYourPerson
    return beneficiary_id


Changing = Annotated[Actor, Depends(checked(may_change))]
