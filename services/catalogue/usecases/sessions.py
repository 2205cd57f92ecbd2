"""Sessions are put on, changed, cancelled: booking and notifications reach whoever is booked. Rules 10 and 13."""

from sqlalchemy.exc import IntegrityError

from chassis.db import Transaction, constraint
from chassis.outbox import publish
from chassis.refusal import Refusal
from contracts.booking import SessionFilled
from contracts.ids import SessionId, uuid7
from services.catalogue import queries
from services.catalogue.model import Author, MediatorTaken, RoomTaken, Session, SessionChange, SessionForm

TAKEN: dict[str, type[Refusal]] = {"ex_room": RoomTaken, "ex_mediator": MediatorTaken}


async def put_on_session(tx: Transaction, form: SessionForm, by: Author) -> Session:
    """Schedule a session. Raises the refusals of rule 10, NotYourSession."""
    by.check(form.mediator_id, form.space_id)
    parts = await queries.session_parts_for_update(tx, form)
    session = Session.put_on(SessionId(uuid7()), form, parts, tx.now)
    tx.add(session)
    await _never_double_booked(tx)
    tx.add(SessionChange.by(by, session.id, "put_on", tx.now))
    publish(tx, session.scheduled())
    return session


async def change_session(tx: Transaction, session_id: SessionId, form: SessionForm, reason: str, by: Author) -> Session:
    """Change the time, place, mediator, training or number of seats.

    It is the author's before and afterwards. Raises the refusals of rules 10 and 13, NotYourSession.
    """
    by.check(form.mediator_id, form.space_id)
    parts = await queries.session_parts_for_update(tx, form)  # a space is locked before its sessions
    session = await queries.session_for_update(tx, session_id)
    by.check(session.mediator_id, session.space_id)
    changed = session.change(form, parts, tx.now, reason)
    if changed:
        await _never_double_booked(tx)
        tx.add(SessionChange.by(by, session.id, "changed", tx.now, fields=[*changed], reason=reason))
        publish(tx, session.changed(changed, reason))
    return session


async def cancel_session(tx: Transaction, session_id: SessionId, reason: str, by: Author) -> Session:
    """Cancel a session; whoever is booked gets the vouchers back. Raises NotYourSession."""
    session = await queries.session_for_update(tx, session_id)
    by.check(session.mediator_id, session.space_id)
    if cancelled := session.cancel(reason, tx.now):
        tx.add(SessionChange.by(by, session.id, "cancelled", tx.now, reason=reason))
        publish(tx, cancelled)
    return session


def record_seats(tx: Transaction, session: Session | None, event: SessionFilled) -> None:
    """Count how many are in, those to whom a seat is offered included."""
    if session and (changed := session.fill(event.version, event.taken + event.offered, event.waiting, tx.now)):
        publish(tx, changed)


async def _never_double_booked(tx: Transaction) -> None:
    """The database holds it, also against a twin transaction; here it gets its sentence."""
    try:
        await tx.flush()
    except IntegrityError as error:
        if refusal := TAKEN.get(constraint(error)):
            raise refusal from error
        raise
