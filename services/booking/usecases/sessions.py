"""What catalogue tells: sessions, and those booked follow them; mediators in post; trainings. Rules 13 and 16."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import BookingCancelled
from contracts.catalogue import (
    MediatorLeft,
    MediatorPosted,
    SessionCancelled,
    SessionChanged,
    SessionScheduled,
    TrainingChanged,
    TrainingPublished,
    TrainingWithdrawn,
)
from contracts.ids import BeneficiaryId, MediatorId
from contracts.mediators import MediatorStated
from contracts.words import Actor
from services.booking import queries
from services.booking.model import Cause, Mediator, Session, Training, Wallet
from services.booking.policy import BookingPolicy
from services.booking.usecases.files import propose_waiting_files
from services.booking.usecases.telling import tell
from services.booking.usecases.waiting import empty_list, pass_on

UNNAMED, LEFT = "nom pas encore reçu", "un médiateur qui n'est plus en poste"
ORGANISER = Actor(kind="organiser")
OfASession = SessionScheduled | SessionChanged | SessionCancelled


@dataclass(frozen=True)
class Followed:
    """What a batch of news touches, locked: its sessions, then the wallets of those whose seats it ends."""

    sessions: dict[UUID, Session]
    wallets: Mapping[UUID, Wallet]

    @classmethod
    async def of(cls, tx: Transaction, events: Sequence[OfASession]) -> "Followed":
        sessions = await queries.sessions_locked(tx, {event.session_id for event in events})
        ended = {event.session_id for event in events if isinstance(event, SessionCancelled)}
        _, wallets = await queries.with_wallets_locked(tx, partial(queries.to_call_off, tx, ended))
        return cls(sessions, wallets)


async def keep_session(
    tx: Transaction, followed: Followed, event: SessionScheduled | SessionChanged, *, policy: BookingPolicy
) -> None:
    """Those booked follow the session to its new time or place; new seats go to those who wait."""
    session = followed.sessions.get(event.session_id)
    if session is None:
        followed.sessions[event.session_id] = Session.from_event(event)
        tx.add(followed.sessions[event.session_id])
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
    tx: Transaction, followed: Followed, event: SessionCancelled, *, policy: BookingPolicy
) -> None:
    """Everyone booked gets the vouchers back, and is told; also who cancelled late before; nobody waits any more."""
    session, wallets = followed.sessions.get(event.session_id), followed.wallets
    if session is None or session.state == "cancelled":
        return
    session.state, session.version = "cancelled", max(session.version, event.version)
    bookings = await queries.to_call_off(tx, [session.id])
    said: defaultdict[BeneficiaryId, list[BookingCancelled]] = defaultdict(list)
    for booking in bookings:
        cause = Cause(event.reason, ORGANISER, tx.now, booking.id)
        said[booking.person] += booking.called_off(session, wallets[booking.person], cause, policy)
    for person, cancelled in said.items():
        await tell(tx, wallets[person], *cancelled)
    await empty_list(tx, session, "session_cancelled")
    publish(tx, session.filled())


async def keep_mediator(tx: Transaction, event: MediatorPosted | MediatorLeft) -> None:
    known = await tx.get(Mediator, event.mediator_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    in_post = isinstance(event, MediatorPosted)
    known = known or await _mediator_to_be(tx, event.mediator_id)
    known.version, known.space_ids, known.in_post = event.version, list(event.space_ids), in_post
    if in_post:
        await tx.flush()
        await propose_waiting_files(tx, event.mediator_id)


async def name_mediator(tx: Transaction, event: MediatorStated) -> None:
    """Their name may come before their post."""
    known = await tx.get(Mediator, event.mediator_id, with_for_update=True)
    known = known or await _mediator_to_be(tx, event.mediator_id)
    if event.version > known.contact_version:
        known.contact_version, known.name, known.phone = event.version, event.name, event.phone


async def _mediator_to_be(tx: Transaction, mediator_id: MediatorId) -> Mediator:
    """Known by one topic, not yet by the other."""
    mediator = Mediator(
        id=mediator_id, version=0, contact_version=0, name=UNNAMED, phone=None, space_ids=[], in_post=False
    )
    tx.add(mediator)
    await tx.flush()
    return mediator


async def unname_mediator(tx: Transaction, mediator_id: MediatorId) -> None:
    """They have left."""
    if known := await tx.get(Mediator, mediator_id, with_for_update=True):
        known.name, known.phone = LEFT, None


async def keep_training(tx: Transaction, event: TrainingPublished | TrainingChanged | TrainingWithdrawn) -> None:
    known = await tx.get(Training, event.training_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    same = event.model_dump(include={"version", "code", "title", "summary", "level", "hours"})
    lists = {"themes": list(event.themes), "audiences": list(event.audiences)}
    published = not isinstance(event, TrainingWithdrawn)
    await tx.merge(Training(id=event.training_id, published=published, **same, **lists))
