"""A seat is taken and given back: one local transaction, or nothing. Rules 14, 16 and 20."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis import rows, telemetry
from chassis.db import Transaction
from chassis.outbox import publish
from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from contracts.words import Actor
from services.booking import queries
from services.booking.model import Booking, Cause, File, Record, Session, WaitingPerson, Wallet
from services.booking.policy import BookingPolicy
from services.booking.usecases.waiting import pass_on
from services.booking.usecases.wallets import raise_flag, wallet_changed

BOOKINGS, VOUCHERS, WALLETS = (Record.metadata.tables[name] for name in ("bookings", "vouchers", "wallets"))
VOUCHER_COLUMNS, WALLET_COLUMNS = ("id", "state", "moves", "booking_id"), ("beneficiary_id", "version")
"""The columns that taking a seat changes, after the key: the only ones that are stored."""


@dataclass(frozen=True)
class Request:
    """A seat for a person. With a `followed_by`, only for someone whose file that mediator follows (rule 19)."""

    session_id: SessionId
    beneficiary_id: BeneficiaryId
    by: Actor
    followed_by: MediatorId | None = None
    correlation_id: str = field(default_factory=telemetry.correlation_id)


@dataclass(frozen=True)
class Loaded:
    """What the requests of one transaction touch, locked: sessions first, then wallets.

    The wallets are not the transaction's to watch: what changes in them is stored by `_store`.
    """

    sessions: Mapping[UUID, Session]
    wallets: Mapping[UUID, Wallet]
    bookings: Mapping[UUID, list[Booking]]
    files: Mapping[UUID, File]
    waiting: Mapping[tuple[SessionId, BeneficiaryId], WaitingPerson]

    @classmethod
    async def of(cls, tx: Transaction, requests: Sequence[Request]) -> "Loaded":
        people = {request.beneficiary_id for request in requests}
        sessions = await queries.sessions_for_update(tx, {request.session_id for request in requests})
        wallets = await queries.wallets_for_update(tx, people)
        for wallet in wallets.values():
            for record in (wallet, *wallet.vouchers):
                tx.expunge(record)
        lists = [session.id for session in sessions.values() if session.waiting]
        followed = {request.beneficiary_id for request in requests if request.followed_by}
        return cls(
            sessions,
            wallets,
            await queries.seats_by_person(tx, people),
            await queries.files_of(tx, followed) if followed else {},
            await queries.waiting_among(tx, lists, people) if lists else {},
        )

    def touched(self, request: Request) -> tuple[Session, Wallet]:
        """Find what a request touches. Raises NoSuchSession, NoSuchWallet, FileOfAnother."""
        if request.session_id not in self.sessions:
            raise queries.NoSuchSession
        if request.beneficiary_id not in self.wallets:
            raise queries.NoSuchWallet
        if request.followed_by:
            file = self.files.get(request.beneficiary_id)
            if file is None:
                raise queries.NoSuchFile
            file.check_followed_by(request.followed_by)
        return self.sessions[request.session_id], self.wallets[request.beneficiary_id]


async def book_batch(tx: Transaction, requests: Sequence[Request], *, policy: BookingPolicy) -> list[Booking | Refusal]:
    """Each takes a seat and holds the vouchers, or does neither; in the order of their arrival.

    One transaction for all of them: what `chassis.batching` asks for.
    """
    loaded = await Loaded.of(tx, requests)
    outcomes: list[Booking | Refusal] = []
    for request in requests:
        telemetry.set_correlation(request.correlation_id)
        try:
            booking = _book(tx, loaded, request, policy)
        except Refusal as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(booking)
    seated = [outcome for outcome in outcomes if isinstance(outcome, Booking)]
    await _leave_lists(tx, loaded, seated)
    publish(tx, *[loaded.sessions[id_].filled() for id_ in dict.fromkeys(booking.session_id for booking in seated)])
    await _store(tx, seated, loaded.wallets)
    return outcomes


def _book(tx: Transaction, loaded: Loaded, request: Request, policy: BookingPolicy) -> Booking:
    session, wallet = loaded.touched(request)
    mine = loaded.bookings[request.beneficiary_id]
    booking = Booking.take_seat(session, wallet, mine, Cause("réservation", request.by, tx.now), policy)
    if booking not in mine:
        mine.append(booking)
    publish(tx, booking.confirmed(wallet, session), wallet_changed(tx, wallet))
    return booking


async def _leave_lists(tx: Transaction, loaded: Loaded, seated: Sequence[Booking]) -> None:
    """Who has a seat waits no more."""
    for booking in seated:
        if place := loaded.waiting.get((booking.session_id, booking.person)):
            publish(tx, place.leaves(loaded.sessions[booking.session_id], "booked"))
            await tx.delete(place)


async def _store(tx: Transaction, seated: Sequence[Booking], wallets: Mapping[UUID, Wallet]) -> None:
    """One statement a table, however many seats (docs/decisions/0018). An accepted offer is there already."""
    await rows.add(tx, BOOKINGS, [booking.row for booking in seated if booking not in tx])
    held = [voucher for booking in seated for voucher in wallets[booking.person].of_booking(booking.id)]
    await rows.change(tx, VOUCHERS, ("id",), [_picked(voucher, *VOUCHER_COLUMNS) for voucher in held])
    moved = [wallets[person] for person in dict.fromkeys(booking.person for booking in seated)]
    await rows.change(tx, WALLETS, ("beneficiary_id",), [_picked(wallet, *WALLET_COLUMNS) for wallet in moved])


def _picked(record: Record, *names: str) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}


async def book(tx: Transaction, request: Request, *, policy: BookingPolicy) -> Booking:
    """Book for a single request. Raises its refusal."""
    (outcome,) = await book_batch(tx, [request], policy=policy)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def cancel(tx: Transaction, booking_id: BookingId, *, by: Actor, reason: str, policy: BookingPolicy) -> Booking:
    """The seat goes to the next who waits. After the cut-off it counts as an absence (rule 16)."""
    booking, session, wallet = await queries.booking_for_update(tx, booking_id)
    cancelled = booking.cancel(session, wallet, Cause(reason, by, tx.now, booking_id), policy)
    publish(tx, cancelled, wallet_changed(tx, wallet))
    if cancelled.late:
        await raise_flag(tx, wallet, policy, late=True)
    await pass_on(tx, session, policy=policy)
    publish(tx, session.filled())
    return booking
