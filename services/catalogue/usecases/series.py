"""Many sessions at once: what can be put on is, each other day is listed with its reason."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy.dialects.postgresql import Range

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.refusal import Refusal
from contracts.ids import MediatorId, SpaceId, uuid7
from services.catalogue import queries
from services.catalogue.model import Author, Series, SeriesForm, Session, SessionForm, Slot, WeekForm
from services.catalogue.usecases.sessions import put_on_session


async def put_on_series(tx: Transaction, form: SeriesForm, by: Author) -> Series:
    """Put on the same day and hour, week after week. Raises NotYourSession."""
    by.check(form.mediator_id, form.space_id)
    return await _put_on_all(tx, form.slots(), by)


async def copy_week(
    tx: Transaction,
    form: WeekForm,
    by: Author,
    *,
    space_id: SpaceId | None = None,
    mediator_id: MediatorId | None = None,
) -> Series:
    """Put the sessions of a space or of a mediator on in another week. Raises NotAMonday, NotYourSession."""
    by.check(mediator_id, space_id)
    planned = await queries.sessions_during(tx, week_of(form.week), space_id=space_id, mediator_id=mediator_id)
    sessions = [_again(session) for session in planned if session.state == "scheduled"]
    return await _put_on_all(tx, form.slots(sessions), by)


def week_of(monday: date) -> Range[datetime]:
    """Span seven days on the wall, which may have an hour more or less."""
    first = datetime(monday.year, monday.month, monday.day, tzinfo=PARIS)
    return Range(first, first + timedelta(days=7))


def _again(session: Session) -> SessionForm:
    return SessionForm(**{name: getattr(session, name) for name in SessionForm.model_fields})


async def _put_on_all(tx: Transaction, slots: Iterable[Slot], by: Author) -> Series:
    wanted, made, left_out = [*slots], [], []
    await queries.lock_session_parts(tx, [slot.form for slot in wanted if not slot.against])
    for slot in wanted:
        against = slot.against
        if not against:
            try:
                async with tx.begin_nested():
                    made.append((await put_on_session(tx, slot.form, by)).id)
            except Refusal as refusal:
                against = refusal.sentence
        if against:
            left_out.append({"day": slot.day.isoformat(), "reason": against})
    series = Series(id=uuid7(), made_at=tx.now, by=by.name, session_ids=made, left_out=left_out)
    tx.add(series)
    return series
