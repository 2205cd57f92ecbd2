"""Whom booking knows by first name; messages that did not reach them are work for their mediator. Rules 23, 26."""

from chassis.db import Transaction
from contracts.ids import BeneficiaryId
from contracts.notifications import NoticeFailed, NoticeToCall
from services.booking.model import Person, TroubledNotice


async def forget_name(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    if person := await tx.get(Person, beneficiary_id, with_for_update=True):
        person.forget()


async def keep_trouble(tx: Transaction, notice: NoticeFailed | NoticeToCall) -> None:
    await tx.merge(
        TroubledNotice(
            notice_id=notice.notice_id,
            beneficiary_id=notice.beneficiary_id,
            booking_id=notice.booking_id,
            kind=notice.kind,
            to_call=isinstance(notice, NoticeToCall),
            reason=notice.reason,
            heard_at=tx.now,
        )
    )
