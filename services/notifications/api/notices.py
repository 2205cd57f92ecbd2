"""The same as JSON."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import Command, Page, Principal, Read, Transact, allowed
from contracts.ids import BeneficiaryId, BookingId, NoticeId
from services.notifications import queries
from services.notifications.model import CallOutcome, Notice
from services.notifications.usecases import calling
from services.notifications.usecases.reading import keep

router = APIRouter(prefix="/api", tags=["notifications"])

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]


class NoticeView(BaseModel):
    """`carrier_id`: the message in which it left together with others."""

    id: NoticeId
    booking_id: BookingId | None
    kind: str
    channel: str | None
    state: str
    due_at: datetime
    settled_at: datetime | None
    content: str | None
    segments: int
    reason: str | None
    provider: str | None
    carrier_id: NoticeId | None

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls.model_validate(notice, from_attributes=True)


class Call(BaseModel):
    outcome: CallOutcome


@router.get("/notices")
async def notices(transact: Transact, beneficiary_id: BeneficiaryId, who: Professional) -> list[NoticeView]:
    """Of one person, the last first."""

    async def shown(tx: Transaction) -> list[NoticeView]:
        if await queries.contact_of(tx, beneficiary_id):
            await keep(tx, who.subject, "api", [beneficiary_id])
        return [NoticeView.of(notice) for notice in await queries.notices_of(tx, beneficiary_id)]

    return await transact(shown)


@router.get("/calls")
async def calls(page: Page, reading: Read, _: Professional) -> list[NoticeView]:
    """Whom a person must call now, what expires first comes first."""
    waiting = await queries.waiting_for_a_person(reading, "call", page.now)
    return [NoticeView.of(notice) for notice, _ in waiting]


@router.post("/notices/{notice_id}/call", response_model=NoticeView)
async def called(command: Command, who: Professional, notice_id: NoticeId, call: Call) -> Response:
    return await command.once(
        lambda tx: calling.keep_call(tx, notice_id, call.outcome, who.subject), without_content, 200
    )


@router.post("/notices/{notice_id}/done", response_model=NoticeView)
async def done(command: Command, _: Professional, notice_id: NoticeId) -> Response:
    """Called, or posted."""
    return await command.once(lambda tx: calling.done_by_person(tx, notice_id), without_content, 200)


def without_content(notice: Notice) -> NoticeView:
    """As an answer that is remembered: the words to the person have a retention of their own."""
    return NoticeView.of(notice).model_copy(update={"content": None})
