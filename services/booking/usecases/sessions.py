"""Those who are booked follow their session to another time or place, or get their vouchers back. Rules 13 and 16."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import (
    BookingCancelled,
)
from contracts.catalogue import (
    SessionCancelled,
    SessionChanged,
    SessionScheduled,
)
from contracts.ids import BeneficiaryId
from services.booking import queries
from services.booking.model import Cause, Session, Wallet
from services.booking.model.ledger import ORGANISER
from services.booking.policy import BookingPolicy
from services.booking.usecases.waiting import empty_list, pass_on
from services.booking.usecases.wallets import publish_wallet

SessionEvent = SessionScheduled | SessionChanged | SessionCancelled


@dataclass(frozen=True)
class LoadedSessions:
    """What a batch of news touches, locked: its sessions, then the wallets of those whose seats it ends."""

    sessions: dict[UUID, Session]
    wallets: Mapping[UUID, Wallet]

    @classmethod
    async def of(cls, tx: Transaction, events: Sequence[SessionEvent]) -> "LoadedSessions":
        sessions = await queries.sessions_for_update(tx, {event.session_id for event in events})
        ended = {event.session_id for event in events if isinstance(event, SessionCancelled)}
        _, wallets = await queries.with_wallets_for_update(tx, partial(queries.to_call_off, tx, ended))
        return cls(sessions, wallets)


async def upsert_session(
    tx: Transaction, loaded: LoadedSessions, event: SessionScheduled | SessionChanged, *, policy: BookingPolicy
) -> None:
    """Those booked follow the session to its new time or place; new seats go to those who wait."""
    session = loaded.sessions.get(event.session_id)
    if session is None:
        loaded.sessions[event.session_id] = Session.from_event(event)
        tx.add(loaded.sessions[event.session_id])
        return
    before = _appointment(session)
    if not session.apply(event):
        return
    if before != _appointment(session):
        await _follow(tx, session)
    await pass_on(tx, session, policy=policy)
    publish(tx, session.filled())


def _appointment(session: Session) -> tuple[object, ...]:
    """When and where people come. A corrected phone or position moves nobody."""
    where = session.where
    return session.starts_at, session.ends_at, where.name, where.address, where.postal_code, where.commune, where.room


async def _follow(tx: Transaction, session: Session) -> None:
    """A seat that was only offered moves too, without a word: the offer's page shows the new time."""
    for offer in await queries.bookings_in(tx, session.id, "offered"):
        offer.move(session, tx.now)
    publish(tx, *[booking.move(session, tx.now) for booking in await queries.bookings_in(tx, session.id, "confirmed")])


async def cancel_session(
    tx: Transaction, loaded: LoadedSessions, event: SessionCancelled, *, policy: BookingPolicy
) -> None:
    """Give everyone booked the vouchers back, also who cancelled late before; nobody waits any more."""
    session, wallets = loaded.sessions.get(event.session_id), loaded.wallets
    if session is None or session.state == "cancelled":
        return
    session.state, session.version = "cancelled", max(session.version, event.version)
    bookings = await queries.to_call_off(tx, [session.id])
    cancellations: defaultdict[BeneficiaryId, list[BookingCancelled]] = defaultdict(list)
    for booking in bookings:
        cause = Cause(event.reason, ORGANISER, tx.now, booking.id)
        cancellations[booking.person] += booking.called_off(session, wallets[booking.person], cause, policy)
    for person, cancelled in cancellations.items():
        await publish_wallet(tx, wallets[person], *cancelled)
    await empty_list(tx, session, "session_cancelled")
    publish(tx, session.filled())
