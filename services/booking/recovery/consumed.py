"""What booking had consumed since: its replicas of it, when something that it published answers it.

What nothing answers is left to the consumers, which read it again and decide about it.
"""

from collections.abc import Collection
from uuid import UUID

from chassis.db import Transaction
from chassis.recovery import Lost
from contracts.catalogue import SessionCancelled, SessionChanged, SessionScheduled
from contracts.prescription import (
    BeneficiaryErased,
    BeneficiaryMerged,
    BookCancelled,
    BookCorrected,
    BookExpired,
    BookPrescribed,
)
from services.booking import queries
from services.booking.model import Cause, Session, Wallet
from services.booking.model.ledger import PRESCRIBER
from services.booking.usecases import SessionEvent
from services.booking.usecases.wallets import record_moves

DECIDED = (
    SessionChanged, SessionCancelled, BookPrescribed, BookCancelled, BookExpired, BookCorrected, BeneficiaryMerged,
    BeneficiaryErased,
)  # fmt: skip
VoucherEvent = BookPrescribed | BookCancelled | BookExpired


async def take_up(tx: Transaction, lost: Lost) -> Collection[UUID]:
    """The answer is what need not be decided about again."""
    await _take_up_sessions(tx, lost)
    await _take_up_books(tx, lost)
    return {record.id for record in lost.consumed if record.id in lost.answered and isinstance(record.event, DECIDED)}


async def _take_up_sessions(tx: Transaction, lost: Lost) -> None:
    """A session that is not known yet; of one that is, only what its seats have followed already."""
    events = [
        (record.event, record.id in lost.answered) for record in lost.consumed if isinstance(record.event, SessionEvent)
    ]
    sessions = await queries.sessions_for_update(tx, {event.session_id for event, _ in events})
    for event, followed in events:
        session = sessions.get(event.session_id)
        if session is None and not isinstance(event, SessionCancelled):
            sessions[event.session_id] = Session.from_event(event)
            tx.add(sessions[event.session_id])
        elif session and followed:
            _follow(session, event)
    await tx.flush()


def _follow(session: Session, event: SessionEvent) -> None:
    match event:
        case SessionCancelled():
            session.state, session.version = "cancelled", max(session.version, event.version)
        case SessionScheduled() | SessionChanged():
            session.apply(event)


async def _take_up_books(tx: Transaction, lost: Lost) -> None:
    """Their vouchers are there; in which state, the wallet tells that was published last."""
    events = [
        (record.event, record.id in lost.answered) for record in lost.consumed if isinstance(record.event, VoucherEvent)
    ]
    people = {event.beneficiary_id for event, _ in events}
    await queries.open_wallets(tx, people)
    wallets = await queries.wallets_for_update(tx, people)
    for event, ended in events:
        wallet = wallets[event.beneficiary_id]
        if isinstance(event, BookPrescribed):
            _receive(wallet, event)
        elif ended:
            for voucher in wallet.of_book(event.book_id):
                voucher.ends_as = "void" if isinstance(event, BookCancelled) else "expired"
    for wallet in wallets.values():
        record_moves(tx, wallet)
    await tx.flush()


def _receive(wallet: Wallet, event: BookPrescribed) -> None:
    cause = Cause("prescription", PRESCRIBER, event.prescribed_at)
    wallet.receive(event.book_id, event.rank, event.voucher_ids, cause)
