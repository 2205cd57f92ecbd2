"""The same as JSON, for a mediator's own software and for partners with an account."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Day, Question
from chassis.db import Transaction
from chassis.web import Command, Now, Read, Transact
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId, TrainingId
from contracts.words import Level, Need
from services.booking import queries, usecases
from services.booking.access import (
    BookingInMyCare,
    Changing,
    Me,
    Mediator,
    MyBooking,
    MyPerson,
    Seats,
    TermsNow,
    WhyCancelled,
    WhyCorrected,
    WhyHandedOver,
    WhyMarked,
    in_care,
)
from services.booking.api.views import BookingView, FileView, SessionView, WaitingView, WalletView
from services.booking.model import WaitingPerson

router = APIRouter(prefix="/api", tags=["booking"])


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


@router.get("/files")
async def files(reading: Read, _: Mediator) -> list[FileView]:
    """Those proposed to a mediator, who waits longest first."""
    return [FileView.of(file) for file, _ in await queries.proposed_files(reading)]


@router.post("/files/{beneficiary_id}/accept")
async def accept(transact: Transact, beneficiary_id: BeneficiaryId, me: Me) -> FileView:
    return FileView.of(await transact(lambda tx: usecases.accept_file(tx, beneficiary_id, by=me)))


@router.post("/files/{beneficiary_id}/hand-over")
async def hand_over(transact: Transact, beneficiary_id: BeneficiaryId, asked: HandOver, me: Me) -> FileView:
    to, reason = asked.to_mediator_id, asked.reason
    return FileView.of(await transact(lambda tx: usecases.hand_over(tx, beneficiary_id, by=me, to=to, reason=reason)))


@router.put("/files/{beneficiary_id}/needs")
async def note_needs(transact: Transact, beneficiary_id: BeneficiaryId, told: Needs, me: Me) -> FileView:
    return FileView.of(
        await transact(lambda tx: usecases.note_needs(tx, beneficiary_id, told.needs, told.level, by=me))
    )


@router.put("/files/{beneficiary_id}/plan")
async def plan(transact: Transact, beneficiary_id: BeneficiaryId, told: Plan, me: Me) -> FileView:
    return FileView.of(await transact(lambda tx: usecases.plan(tx, beneficiary_id, told.training_ids, by=me)))


@router.get("/sessions")
async def sessions(reading: Read, now: Now, _: Mediator, filter: Annotated[Filter, Query()]) -> list[SessionView]:  # noqa: A002 - the query's own word
    return [SessionView.of(session) for session in await queries.upcoming_sessions(reading, now, filter.wanted)]


@router.get("/sessions/{session_id}")
async def session(reading: Read, session_id: SessionId, _: Mediator) -> SessionView:
    return SessionView.of(await queries.session(reading, session_id))


@router.post("/bookings", status_code=201, response_model=BookingView)
async def book(command: Command, seats: Seats, wish: Wish, who: Mediator, me: Me) -> Response:
    request = usecases.Request(wish.session_id, wish.beneficiary_id, by=who.acting_as("mediator"), carer=me)
    return await command.once_in(seats, request, BookingView.of)


@router.post("/waiting", status_code=201, response_model=WaitingView)
async def wait(command: Command, wish: Wish, me: Me) -> Response:
    async def joined(tx: Transaction) -> WaitingPerson:
        await in_care(tx, wish.beneficiary_id, me)
        return await usecases.join_waiting_list(tx, wish.session_id, wish.beneficiary_id)

    return await command.once(joined, WaitingView.of)


@router.post("/bookings/{booking_id}/cancel")
async def cancel(
    transact: Transact, terms: TermsNow, booking_id: BookingId, asked: Cancellation, by: Changing
) -> BookingView:
    return BookingView.of(
        await transact(lambda tx: usecases.cancel(tx, booking_id, by=by, reason=asked.reason, terms=terms))
    )


@router.post("/bookings/{booking_id}/accept")
async def accept_offer(transact: Transact, booking_id: BookingId, by: Changing) -> BookingView:
    """The seat offered to someone of the waiting list is theirs; the offer's id is the booking's."""
    return BookingView.of(await transact(lambda tx: usecases.accept_offer(tx, booking_id, by=by)))


@router.post("/bookings/{booking_id}/decline")
async def decline_offer(transact: Transact, terms: TermsNow, booking_id: BookingId, _: Changing) -> BookingView:
    return BookingView.of(await transact(lambda tx: usecases.decline_offer(tx, booking_id, terms=terms)))


@router.post("/bookings/{booking_id}/attendance")
async def mark(
    transact: Transact, terms: TermsNow, asked: Attendance, who: Mediator, booking_id: MyBooking
) -> BookingView:
    marked = usecases.Mark(asked.attended, who.acting_as("mediator"), asked.reason)
    return BookingView.of(await transact(lambda tx: usecases.mark(tx, booking_id, marked, terms=terms)))


@router.post("/bookings/{booking_id}/give-back")
async def give_back(transact: Transact, asked: Correction, who: Mediator, booking_id: BookingInMyCare) -> BookingView:
    """What an absence or a late cancellation cost, when a person has decided so (rule 17)."""
    by = who.acting_as("mediator")
    return BookingView.of(await transact(lambda tx: usecases.give_back(tx, booking_id, by=by, reason=asked.reason)))


@router.get("/wallets/{beneficiary_id}")
async def wallet(reading: Read, beneficiary_id: MyPerson) -> WalletView:
    return WalletView.of(await queries.wallet(reading, beneficiary_id), await queries.ledger(reading, beneficiary_id))
