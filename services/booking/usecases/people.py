"""Whom booking knows by first name; messages that did not reach them are work for their mediator. Rules 23, 26."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, text

from chassis.db import Transaction
from contracts.ids import BeneficiaryId, BookingId
from contracts.notifications import NoticeDelivered, NoticeEvent, NoticeFailed, NoticeToCall
from contracts.words import NoticeKind
from services.booking.model import Person, TroubledNotice

About = tuple[BeneficiaryId, NoticeKind, BookingId | None]

SETTLE = text("""
    DELETE FROM troubled_notices USING
        unnest(CAST(:people AS uuid[]), CAST(:kinds AS text[]), CAST(:bookings AS uuid[])) AS arrived (who, what, which)
    WHERE beneficiary_id = who AND kind = what AND booking_id IS NOT DISTINCT FROM which
""")


async def forget_name(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    if person := await tx.get(Person, beneficiary_id, with_for_update=True):
        person.forget()


async def keep_troubles(tx: Transaction, notices: Sequence[NoticeFailed | NoticeToCall]) -> None:
    for notice in notices:
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


def about(notice: NoticeEvent) -> About:
    """What a notice tells, and to whom, whatever its channel."""
    return notice.beneficiary_id, notice.kind, notice.booking_id


async def settle_troubles(tx: Transaction, arrived: Sequence[NoticeDelivered]) -> None:
    """Somebody has called, or another channel got through: nothing is left to do. One statement for all of them."""
    if arrived:
        people, kinds, bookings = zip(*map(about, arrived), strict=True)
        await tx.execute(SETTLE, {"people": [*people], "kinds": [*kinds], "bookings": [*bookings]})


async def forget_old_troubles(tx: Transaction, *, before: datetime) -> None:
    """Nobody calls any more about a message that old."""
    await tx.execute(delete(TroubledNotice).where(TroubledNotice.heard_at < before))
