"""The same as JSON."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import Command, Transact, own, own_listed, shared, traced
from contracts.ids import BeneficiaryId, BookingId, NoticeId
from county.reasons import Reason
from services.notifications import acts, queries
from services.notifications.access import Asking, WhyOpen, messages_open, notice_open
from services.notifications.model import CallOutcome, Notice
from services.notifications.usecases import calling
from services.notifications.usecases.readings import give_reason, record_reading

router = APIRouter(prefix="/api/notifications", tags=["notifications"])


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


class Opening(BaseModel):
    reason: Reason


@router.get("/notices", dependencies=[own(messages_open), traced(acts.PERSON_READ)])
async def notices(transact: Transact, beneficiary_id: BeneficiaryId, asking: Asking, why: WhyOpen) -> list[NoticeView]:
    """List those of a person, the last first."""

    async def shown(tx: Transaction) -> list[NoticeView]:
        if await queries.contact_of(tx, beneficiary_id):
            await record_reading(tx, asking, "api", {beneficiary_id: why})
        return [NoticeView.of(notice) for notice in await queries.notices_of(tx, beneficiary_id)]

    return await transact(shown)


@router.post(
    "/people/{beneficiary_id}/openings",
    status_code=204,
    dependencies=[shared("la raison est enregistrée et ouvre"), traced(acts.OPENED)],
)
async def open_with_reason(command: Command, asking: Asking, beneficiary_id: BeneficiaryId, given: Opening) -> Response:
    """Open the messages of somebody whom others follow, for a while; the reason is recorded."""
    return await command.done(lambda tx: give_reason(tx, asking, beneficiary_id, given.reason))


@router.get("/calls", dependencies=[own_listed(queries.waiting_for_a_person), traced(acts.CALLS_READ)])
async def calls(transact: Transact, asking: Asking) -> list[NoticeView]:
    """List whom they must call now, what expires first comes first."""

    async def shown(tx: Transaction) -> list[NoticeView]:
        waiting = await queries.waiting_for_a_person(tx, "call", asking)
        theirs = [(notice, why) for notice, _, why in waiting if why]
        await record_reading(tx, asking, "api", {notice.beneficiary_id: why for notice, why in theirs})
        return [NoticeView.of(notice) for notice, _ in theirs]

    return await transact(shown)


@router.post(
    "/notices/{notice_id}/call",
    response_model=NoticeView,
    dependencies=[own(notice_open), traced(acts.CALLED)],
)
async def called(command: Command, asking: Asking, notice_id: NoticeId, call: Call) -> Response:
    return await command.run(
        lambda tx: calling.record_call(tx, notice_id, call.outcome, asking.subject), without_content, 200
    )


@router.post(
    "/notices/{notice_id}/done",
    response_model=NoticeView,
    dependencies=[own(notice_open), traced(acts.DONE)],
)
async def done(command: Command, _: Asking, notice_id: NoticeId) -> Response:
    """Record that somebody called, or posted."""
    return await command.run(lambda tx: calling.done_by_person(tx, notice_id), without_content, 200)


def without_content(notice: Notice) -> NoticeView:
    """Show it as an answer that is remembered: the words to the person have a retention of their own."""
    return NoticeView.of(notice).model_copy(update={"content": None})
