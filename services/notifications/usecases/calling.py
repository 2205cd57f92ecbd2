"""What a person did for a message that no machine could deliver: a call and its outcome, a letter posted."""

from collections.abc import Collection, Sequence
from datetime import datetime, time, timedelta

from chassis import telemetry
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.ids import NoticeId
from services.notifications import queries
from services.notifications.model import Agent, CallOutcome, CallTry, NothingLeftToDo, Notice
from services.notifications.usecases.readings import check_open

TRIES = 4
INCOMPLETE_FOR = timedelta(hours=1)
AGAIN_AFTER = timedelta(hours=3)
LAST_HOUR, FIRST_HOUR = time(18), time(9)  # when people are called


async def done_by_person(tx: Transaction, notice_id: NoticeId) -> Notice:
    """Record that somebody called, or posted. Raises NothingLeftToDo."""
    notice = await queries.notice_for_update(tx, notice_id)
    telemetry.set_correlation(notice.correlation)
    publish(tx, notice.done_by_person(tx.now))
    return notice


async def post(tx: Transaction, ids: Sequence[NoticeId], agent: Agent) -> int:
    """Record as posted the letters of a printed batch that still wait. How many. Raises ReasonAsked for another's."""
    await check_open(tx, agent, ids)
    waiting = [notice for notice in await queries.notices_for_update(tx, ids) if notice.state == "by_hand"]
    for notice in waiting:
        telemetry.set_correlation(notice.correlation)
        concerns(tx, notice.beneficiary_id)
        publish(tx, notice.done_by_person(tx.now))
    return len(waiting)


async def record_call(tx: Transaction, notice_id: NoticeId, outcome: CallOutcome, by: str) -> Notice:
    """Record a call; when nobody is there, again some hours later, four times in all. Raises NothingLeftToDo."""
    notice = await queries.notice_for_update(tx, notice_id)
    telemetry.set_correlation(notice.correlation)
    if notice.state != "by_hand":
        raise NothingLeftToDo
    concerns(tx, notice.beneficiary_id, notice.id, outcome=outcome)
    tx.add(CallTry(notice_id=notice.id, outcome=outcome, by=by, at=tx.now))
    tries = len((await queries.tries_of(tx, [notice]))[notice.id])
    if outcome in {"reached", "message_left"}:
        publish(tx, notice.done_by_person(tx.now))
    elif outcome == "wrong_number" or tries >= TRIES:
        reason = "numéro faux : voyez avec le centre" if outcome == "wrong_number" else f"injoignable, {tries} appels"
        if failed := notice.failed("permanent", reason, tx.now):
            publish(tx, failed)
    else:
        notice.due_at = next_try(tx.now)
    return notice


async def give_up(tx: Transaction, among: Collection[NoticeId] | None = None) -> None:
    """Give up, in a timed job, what nobody called or posted in time. All of it, or among some."""
    late = await queries.too_late_by_hand(tx, tx.now) if among is None else among
    for notice in await queries.too_late_by_hand_for_update(tx, late):
        telemetry.set_correlation(notice.correlation)
        if failed := notice.failed("expired", "trop tard : personne n'a pu le faire à temps", tx.now):
            publish(tx, failed)


async def drop_incomplete(tx: Transaction) -> None:
    """Drop, in a timed job, what waited too long for what it speaks of."""
    await queries.drop_incomplete(tx, "trop tard : il manquait des informations", tx.now - INCOMPLETE_FOR)


def next_try(now: datetime) -> datetime:
    """Find the moment three hours later, or the next morning."""
    later = (now + AGAIN_AFTER).astimezone(PARIS)
    if FIRST_HOUR <= later.time() < LAST_HOUR:
        return now + AGAIN_AFTER
    day = later.date() if later.time() < FIRST_HOUR else later.date() + timedelta(days=1)
    return datetime.combine(day, FIRST_HOUR, PARIS).astimezone(now.tzinfo)
