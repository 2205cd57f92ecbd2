"""The same as JSON, and the providers' signed receipts."""

import hmac
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from chassis.refusal import NotAllowed
from chassis.web import Principal, Read, Transact, allowed, anybody, signed_webhook
from contracts.ids import BeneficiaryId, BookingId, NoticeId
from services.notifications import queries
from services.notifications.delivery import signature
from services.notifications.model import Notice
from services.notifications.usecases import sending

router = APIRouter(prefix="/api", tags=["notifications"])

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]


class NotSigned(NotAllowed):
    status = 401

    def __init__(self) -> None:
        super().__init__("La signature de cet accusé de réception n'est pas valable.")


class NoticeView(BaseModel):
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

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls.model_validate(notice, from_attributes=True)


class Receipt(BaseModel):
    """`reference` is the notice's id, as we gave it to the provider."""

    reference: NoticeId
    status: str
    reason: str = ""


@router.get("/notices")
async def notices(reading: Read, beneficiary_id: BeneficiaryId, _: Professional) -> list[NoticeView]:
    """Of one person, the last first."""
    return [NoticeView.of(notice) for notice in await queries.notices_of(reading, beneficiary_id)]


@router.get("/calls")
async def calls(reading: Read, _: Professional) -> list[NoticeView]:
    """Whom a person must call, what expires first comes first."""
    return [NoticeView.of(notice) for notice, _ in await queries.waiting_for_a_person(reading, "call")]


@router.post("/notices/{notice_id}/done")
async def done(transact: Transact, _: Professional, notice_id: NoticeId) -> NoticeView:
    """Called, or posted."""
    return NoticeView.of(await transact(lambda tx: sending.done_by_person(tx, notice_id)))


async def checked(request: Request) -> None:
    """Raises NotSigned unless X-Signature is the HMAC-SHA256 of the body under the shared secret."""
    secret = request.app.state.settings.sms_secret.get_secret_value()
    expected = signature(secret, await request.body())
    if not hmac.compare_digest(request.headers.get("x-signature", ""), expected):
        raise NotSigned


@router.post("/receipts/sms", status_code=204, dependencies=[Depends(anybody), Depends(checked)])
@signed_webhook
async def receipts(transact: Transact, told: list[Receipt]) -> None:
    """As many as the provider has gathered, in any order; those of unknown notices are left aside."""
    await transact(lambda tx: sending.keep_receipts(tx, {one.reference: (one.status, one.reason) for one in told}))
