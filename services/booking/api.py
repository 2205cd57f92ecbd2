"""The same as JSON, for a mediator's own software and for partners with an account."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Principal, Read, Transact, allowed, mediator_signed_in
from contracts.booking import BookUse
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from services.booking import queries, usecases
from services.booking.model import Booking, File, Session, WaitingPerson, Wallet

router = APIRouter(prefix="/api", tags=["booking"])

Mediator = Annotated[Principal, Depends(allowed("mediator"))]
Me = Annotated[MediatorId, Depends(mediator_signed_in)]


class FileView(BaseModel):
    beneficiary_id: BeneficiaryId
    state: str
    mediator_id: MediatorId | None
    proposed_at: datetime

    @classmethod
    def of(cls, file: File) -> Self:
        return cls.model_validate(file, from_attributes=True)


class SessionView(BaseModel):
    id: SessionId
    state: str
    training_code: str
    training_title: str
    place: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    price: int
    capacity: int
    taken: int
    waiting: int

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls.model_validate(session, from_attributes=True)


class BookingView(BaseModel):
    id: BookingId
    session_id: SessionId
    beneficiary_id: BeneficiaryId
    state: str
    starts_at: datetime
    ends_at: datetime

    @classmethod
    def of(cls, booking: Booking) -> Self:
        return cls.model_validate(booking, from_attributes=True)


class WaitingView(BaseModel):
    session_id: SessionId
    beneficiary_id: BeneficiaryId
    place: int

    @classmethod
    def of(cls, waiting: WaitingPerson) -> Self:
        return cls.model_validate(waiting, from_attributes=True)


class Move(BaseModel):
    """One line of the ledger."""

    voucher_id: str
    state_before: str
    state_after: str
    reason: str
    by: str
    at: datetime


class WalletView(BaseModel):
    beneficiary_id: BeneficiaryId
    hours_followed: int
    books: list[BookUse]
    ledger: list[Move]


class Wish(BaseModel):
    session_id: SessionId
    beneficiary_id: BeneficiaryId


class Attendance(BaseModel):
    attended: bool


class Cancellation(BaseModel):
    reason: str


@router.get("/files")
async def files(reading: Read, _: Mediator) -> list[FileView]:
    """Those proposed to a mediator, who waits longest first."""
    return [FileView.of(file) for file, _ in await queries.proposed_files(reading)]


@router.post("/files/{beneficiary_id}/accept")
async def accept(transact: Transact, beneficiary_id: BeneficiaryId, me: Me) -> FileView:
    return FileView.of(await transact(lambda tx: usecases.accept_file(tx, beneficiary_id, by=me)))


@router.get("/sessions")
async def sessions(request: Request, reading: Read, _: Mediator, q: str = "") -> list[SessionView]:
    now = request.app.state.frame.database.clock.now()
    return [SessionView.of(session) for session in await queries.upcoming_sessions(reading, now, q)]


@router.get("/sessions/{session_id}")
async def session(reading: Read, session_id: SessionId, _: Mediator) -> SessionView:
    return SessionView.of(await queries.session(reading, session_id))


@router.post("/bookings", status_code=201, response_model=BookingView)
async def book(command: Command, wish: Wish, who: Mediator, me: Me) -> Response:
    by = who.acting_as("mediator")
    return await command.once(
        lambda tx: usecases.book_in_care(tx, wish.session_id, wish.beneficiary_id, mediator=me, by=by), BookingView.of
    )


@router.post("/waiting", status_code=201, response_model=WaitingView)
async def wait(command: Command, wish: Wish, _: Me) -> Response:
    return await command.once(
        lambda tx: usecases.join_waiting_list(tx, wish.session_id, wish.beneficiary_id), WaitingView.of
    )


@router.post("/bookings/{booking_id}/cancel")
async def cancel(
    request: Request, transact: Transact, booking_id: BookingId, asked: Cancellation, who: Mediator
) -> BookingView:
    cut_off, by = request.app.state.settings.cut_off, who.acting_as("mediator")
    return BookingView.of(
        await transact(lambda tx: usecases.cancel(tx, booking_id, by=by, reason=asked.reason, cut_off=cut_off))
    )


@router.post("/bookings/{booking_id}/attendance")
async def mark(transact: Transact, booking_id: BookingId, asked: Attendance, who: Mediator) -> BookingView:
    by = who.acting_as("mediator")
    return BookingView.of(await transact(lambda tx: usecases.mark(tx, booking_id, attended=asked.attended, by=by)))


@router.get("/wallets/{beneficiary_id}")
async def wallet(reading: Read, beneficiary_id: BeneficiaryId, _: Mediator) -> WalletView:
    found: Wallet = await queries.wallet(reading, beneficiary_id)
    moves = [
        Move(
            voucher_id=str(entry.voucher_id),
            state_before=entry.state_before,
            state_after=entry.state_after,
            reason=entry.reason,
            by=entry.by_kind,
            at=entry.at,
        )
        for entry in await queries.ledger(reading, beneficiary_id)
    ]
    return WalletView(
        beneficiary_id=beneficiary_id, hours_followed=found.hours_followed, books=found.uses(), ledger=moves
    )
