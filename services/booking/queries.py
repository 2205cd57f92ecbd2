"""What booking asks its database, named by the answer. Lock order: session, then wallet, then vouchers."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, BookingId, MediatorId, SessionId
from services.booking.model import (
    Booking,
    File,
    LedgerEntry,
    Mediator,
    Person,
    Session,
    TroubledNotice,
    WaitingPerson,
    Wallet,
)


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'est pas encore connue ici. Réessayez dans quelques secondes.")


class NoSuchWallet(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'a pas de chéquier connu ici. S'il vient d'être prescrit, réessayez bientôt.")


class NoSuchBooking(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réservation n'existe pas.")


class NoSuchFile(NotFound):
    def __init__(self) -> None:
        super().__init__("Aucun dossier n'est ouvert pour cette personne.")


async def session(reading: Reading, session_id: SessionId) -> Session:
    found = await reading.get(Session, session_id)
    if found is None:
        raise NoSuchSession
    return found


async def session_locked(tx: Transaction, session_id: SessionId) -> Session:
    found = await tx.get(Session, session_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchSession
    return found


async def wallet(reading: Reading, beneficiary_id: BeneficiaryId) -> Wallet:
    return await _wallet(reading, Wallet.beneficiary_id == beneficiary_id)


async def wallet_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> Wallet:
    query = select(Wallet.beneficiary_id).where(Wallet.beneficiary_id == beneficiary_id).with_for_update()
    await tx.execute(query)
    return await _wallet(tx, Wallet.beneficiary_id == beneficiary_id)


async def _wallet(reading: Reading, of: ColumnElement[bool]) -> Wallet:
    query = select(Wallet).where(of).options(selectinload(Wallet.vouchers)).execution_options(populate_existing=True)
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchWallet
    return found


async def wallets_locked(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Wallet]:
    """In the order of their ids, so that two batches never wait for each other."""
    locks = select(Wallet.beneficiary_id).where(Wallet.beneficiary_id.in_(ids)).order_by(Wallet.beneficiary_id)
    await tx.execute(locks.with_for_update())
    query = select(Wallet).where(Wallet.beneficiary_id.in_(ids)).options(selectinload(Wallet.vouchers))
    found = await tx.scalars(query.execution_options(populate_existing=True))
    return {wallet.beneficiary_id: wallet for wallet in found}


async def open_wallets(tx: Transaction, ids: Collection[UUID]) -> None:
    """Those that are not open yet, whoever else does it at the same time."""
    empty = {"version": 0, "hours_followed": 0, "absences": 0, "late_cancellations": 0}
    if rows := [{"beneficiary_id": id_, **empty} for id_ in sorted(ids)]:
        await tx.execute(insert(Wallet).values(rows).on_conflict_do_nothing())


async def people_kept(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Person]:
    """Locked; those not known yet begin here."""
    if rows := [{"beneficiary_id": id_, "contact_version": 0, "audiences": []} for id_ in sorted(ids)]:
        await tx.execute(insert(Person).values(rows).on_conflict_do_nothing())
    query = select(Person).where(Person.beneficiary_id.in_(ids)).order_by(Person.beneficiary_id).with_for_update()
    return {person.beneficiary_id: person for person in await tx.scalars(query)}


async def confirmed_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Booking]:
    query = select(Booking).where(Booking.beneficiary_id == beneficiary_id, Booking.state == "confirmed")
    return (await reading.scalars(query)).all()


async def booking(reading: Reading, booking_id: BookingId) -> Booking:
    found = await reading.get(Booking, booking_id, populate_existing=True)
    if found is None:
        raise NoSuchBooking
    return found


async def bookings_in(reading: Reading, session_id: SessionId, *states: str) -> Sequence[Booking]:
    query = select(Booking).where(Booking.session_id == session_id, Booking.state.in_(states))
    return (await reading.scalars(query.order_by(Booking.seat))).all()


async def bookings_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[Row[Booking, Session]]:
    """With their sessions, the next first."""
    query = select(Booking, Session).join(Session, Session.id == Booking.session_id)
    query = query.where(Booking.beneficiary_id == beneficiary_id).order_by(Booking.starts_at.desc())
    return (await reading.execute(query)).all()


async def waiting_of(reading: Reading, session_id: SessionId) -> Sequence[WaitingPerson]:
    query = select(WaitingPerson).where(WaitingPerson.session_id == session_id).order_by(WaitingPerson.place)
    return (await reading.scalars(query)).all()


async def upcoming_sessions(reading: Reading, now: datetime, text: str = "") -> Sequence[Session]:
    """Those that may be booked, the soonest first; `text` is part of the training's title or the commune."""
    query = select(Session).where(Session.state == "scheduled", Session.starts_at > now)
    found = (await reading.scalars(query.order_by(Session.starts_at).limit(500))).all()
    wanted = plain(text)
    return [one for one in found if wanted in plain(f"{one.training_title} {one.where.commune}")][:50]


async def sessions_of_day(reading: Reading, mediator_id: MediatorId, now: datetime) -> Sequence[Session]:
    """From yesterday to tomorrow: attendance is often marked the day after."""
    near = Session.starts_at.between(now - timedelta(days=1), now + timedelta(days=1))
    query = select(Session).where(Session.mediator_id == mediator_id, Session.state == "scheduled", near)
    return (await reading.scalars(query.order_by(Session.starts_at))).all()


async def file(reading: Reading, beneficiary_id: BeneficiaryId) -> File:
    found = await reading.get(File, beneficiary_id)
    if found is None:
        raise NoSuchFile
    return found


async def file_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> File:
    found = await tx.get(File, beneficiary_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchFile
    return found


async def proposed_files(reading: Reading) -> Sequence[Row[File, Person]]:
    """Who waits longest comes first."""
    query = select(File, Person).join(Person, Person.beneficiary_id == File.beneficiary_id, isouter=True)
    return (await reading.execute(query.where(File.state == "proposed").order_by(File.proposed_at))).all()


async def people_in_care(reading: Reading, mediator_id: MediatorId) -> Sequence[Row[Any]]:
    """(File, Person, Wallet, next start or None): those without a booking first, who waits longest before all."""
    coming = select(Booking.beneficiary_id, func.min(Booking.starts_at).label("next"))
    coming = coming.where(Booking.state == "confirmed").group_by(Booking.beneficiary_id)
    soon = coming.subquery()
    query = (
        select(File, Person, Wallet, soon.c.next)
        .join(Person, Person.beneficiary_id == File.beneficiary_id, isouter=True)
        .join(Wallet, Wallet.beneficiary_id == File.beneficiary_id)
        .join(soon, soon.c.beneficiary_id == File.beneficiary_id, isouter=True)
        .options(selectinload(Wallet.vouchers))
        .where(File.mediator_id == mediator_id, File.state == "accepted")
        .order_by(soon.c.next.asc().nulls_first(), File.accepted_at)
    )
    return (await reading.execute(query)).all()


async def least_busy_mediator(reading: Reading) -> MediatorId | None:
    """In post, with the fewest files."""
    query = (
        select(Mediator.id)
        .join(File, File.mediator_id == Mediator.id, isouter=True)
        .where(Mediator.in_post)
        .group_by(Mediator.id)
        .order_by(func.count(File.beneficiary_id), Mediator.id)
        .limit(1)
    )
    return (await reading.scalars(query)).one_or_none()


async def people(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Person]:
    found = await reading.scalars(select(Person).where(Person.beneficiary_id.in_(ids)))
    return {person.beneficiary_id: person for person in found}


async def ledger(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[LedgerEntry]:
    query = select(LedgerEntry).where(LedgerEntry.beneficiary_id == beneficiary_id).order_by(LedgerEntry.id)
    return (await reading.scalars(query)).all()


async def troubled_notices(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[TroubledNotice]:
    query = select(TroubledNotice).where(TroubledNotice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(TroubledNotice.heard_at.desc()).limit(20))).all()
