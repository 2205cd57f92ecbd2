"""The same as JSON, for a mediator's own software and for partners with an account."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Day, Question
from chassis.db import Transaction
from chassis.turns import in_turns
from chassis.web import Command, Now, Read, Transact, own, own_within, shared, traced, traced_first
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId, TrainingId
from contracts.words import Level, Need
from services.booking import acts, queries, usecases
from services.booking.access import (
    ANNOUNCED,
    PROPOSED,
    Changing,
    Me,
    Mediator,
    Policy,
    Seats,
    WhyCancelled,
    WhyCorrected,
    WhyHandedOver,
    WhyMarked,
    in_care,
    in_mine,
    may_change,
    of_my_care,
)
from services.booking.api.views import BookingView, FileView, SessionView, WaitingView, WalletView
from services.booking.model import WaitingPerson

router = APIRouter(prefix="/api/booking", tags=["booking"])


class Wish(BaseModel):
    session_id: SessionId
    beneficiary_id: BeneficiaryId


class Attendance(BaseModel):
    attended: bool
    reason: WhyMarked = ""


class Correction(BaseModel):
    reason: WhyCorrected


class Cancellation(BaseModel):
    reason: WhyCancelled


class Needs(BaseModel):
    needs: list[Need]
    level: Level | None = None


class Plan(BaseModel):
    training_ids: list[TrainingId]


class HandOver(BaseModel):
    to_mediator_id: MediatorId
    reason: WhyHandedOver


class Filter(BaseModel):
    q: Question = ""
    training_id: TrainingId | None = None
    day: Day | None = None
    evenings: bool = False
    with_seats: bool = False

    @property
    def wanted(self) -> queries.Wanted:
        return queries.Wanted(self.q, self.training_id, self.day, self.evenings, self.with_seats)


@router.get("/files", dependencies=[shared(PROPOSED)])
async def files(reading: Read, _: Mediator) -> list[FileView]:
    """List those proposed to a mediator, who waits longest first."""
    return [FileView.of(file) async for file, _ in in_turns(await queries.proposed_files(reading))]


@router.post(
    "/files/{beneficiary_id}/accept",
    response_model=FileView,
    dependencies=[shared(PROPOSED), traced(acts.FILE_ACCEPTED)],
)
async def accept(command: Command, beneficiary_id: BeneficiaryId, me: Me) -> Response:
    return await command.run(lambda tx: usecases.accept_file(tx, beneficiary_id, by=me), FileView.of, 200)


@router.post(
    "/files/{beneficiary_id}/hand-over",
    response_model=FileView,
    dependencies=[own_within(usecases.hand_over), traced(acts.FILE_HANDED_OVER)],
)
async def hand_over(command: Command, beneficiary_id: BeneficiaryId, asked: HandOver, me: Me) -> Response:
    to, reason = asked.to_mediator_id, asked.reason
    return await command.run(
        lambda tx: usecases.hand_over(tx, beneficiary_id, by=me, to=to, reason=reason), FileView.of, 200
    )


@router.put("/files/{beneficiary_id}/needs", dependencies=[own_within(usecases.note_needs), traced(acts.NEEDS_NOTED)])
async def note_needs(transact: Transact, beneficiary_id: BeneficiaryId, asked: Needs, me: Me) -> FileView:
    return FileView.of(
        await transact(lambda tx: usecases.note_needs(tx, beneficiary_id, asked.needs, asked.level, by=me))
    )


@router.put("/files/{beneficiary_id}/plan", dependencies=[own_within(usecases.plan), traced(acts.PLAN_CHANGED)])
async def plan(transact: Transact, beneficiary_id: BeneficiaryId, asked: Plan, me: Me) -> FileView:
    return FileView.of(await transact(lambda tx: usecases.plan(tx, beneficiary_id, asked.training_ids, by=me)))


@router.get("/sessions", dependencies=[shared(ANNOUNCED)])
async def sessions(reading: Read, now: Now, _: Mediator, filter: Annotated[Filter, Query()]) -> list[SessionView]:  # noqa: A002 - the query's own word
    return [SessionView.of(session) for session in await queries.upcoming_sessions(reading, now, filter.wanted)]


@router.get("/sessions/{session_id}", dependencies=[shared(ANNOUNCED)])
async def session(reading: Read, session_id: SessionId, _: Mediator) -> SessionView:
    return SessionView.of(await queries.session(reading, session_id))


@router.post(
    "/bookings",
    status_code=201,
    response_model=BookingView,
    dependencies=[own_within(usecases.book_batch), traced(acts.BOOKED)],
)
async def book(command: Command, seats: Seats, wish: Wish, who: Mediator, me: Me) -> Response:
    request = usecases.Request(wish.session_id, wish.beneficiary_id, by=who.acting_as("mediator"), followed_by=me)
    return await command.run_in(seats, request, BookingView.of)


@router.post(
    "/waiting", status_code=201, response_model=WaitingView, dependencies=[own_within(in_care), traced(acts.WAITS)]
)
async def wait(command: Command, wish: Wish, me: Me) -> Response:
    async def joined(tx: Transaction) -> WaitingPerson:
        await in_care(tx, wish.beneficiary_id, me)
        return await usecases.join_waiting_list(tx, wish.session_id, wish.beneficiary_id)

    return await command.run(joined, WaitingView.of)


@router.post(
    "/bookings/{booking_id}/cancel", response_model=BookingView, dependencies=[own(may_change), traced(acts.CANCELLED)]
)
async def cancel(
    command: Command, policy: Policy, booking_id: BookingId, asked: Cancellation, by: Changing
) -> Response:
    return await command.run(
        lambda tx: usecases.cancel(tx, booking_id, by=by, reason=asked.reason, policy=policy), BookingView.of, 200
    )


@router.post(
    "/bookings/{booking_id}/accept",
    response_model=BookingView,
    dependencies=[own(may_change), traced(acts.OFFER_ACCEPTED)],
)
async def accept_offer(command: Command, booking_id: BookingId, by: Changing) -> Response:
    """The seat offered to someone of the waiting list is theirs; the offer's id is the booking's."""
    return await command.run(lambda tx: usecases.accept_offer(tx, booking_id, by=by), BookingView.of, 200)


@router.post(
    "/bookings/{booking_id}/decline",
    response_model=BookingView,
    dependencies=[own(may_change), traced(acts.OFFER_DECLINED)],
)
async def decline_offer(command: Command, policy: Policy, booking_id: BookingId, _: Changing) -> Response:
    return await command.run(lambda tx: usecases.decline_offer(tx, booking_id, policy=policy), BookingView.of, 200)


@router.post(
    "/bookings/{booking_id}/attendance", response_model=BookingView, dependencies=[own(in_mine), traced(acts.MARKED)]
)
async def mark(command: Command, policy: Policy, asked: Attendance, who: Mediator, booking_id: BookingId) -> Response:
    marked = usecases.Mark(asked.attended, who.acting_as("mediator"), asked.reason)
    return await command.run(lambda tx: usecases.mark(tx, booking_id, marked, policy=policy), BookingView.of, 200)


@router.post(
    "/bookings/{booking_id}/give-back",
    response_model=BookingView,
    dependencies=[own(of_my_care), traced(acts.GIVEN_BACK)],
)
async def give_back(command: Command, asked: Correction, who: Mediator, booking_id: BookingId) -> Response:
    """Give back what an absence or a late cancellation cost, when a person has decided so (rule 17)."""
    by = who.acting_as("mediator")
    return await command.run(
        lambda tx: usecases.give_back(tx, booking_id, by=by, reason=asked.reason), BookingView.of, 200
    )


@router.get("/wallets/{beneficiary_id}", dependencies=[own(in_care), traced_first(acts.LEDGER_READ)])
async def wallet(reading: Read, beneficiary_id: BeneficiaryId) -> WalletView:
    return WalletView.of(await queries.wallet(reading, beneficiary_id), await queries.ledger(reading, beneficiary_id))
