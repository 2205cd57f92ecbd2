"""Messages that did not reach someone are work for their mediator. Rule 23."""

from chassis.db import Transaction
from contracts.notifications import NoticeFailed, NoticeToCall
from services.booking.model import TroubledNotice


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
