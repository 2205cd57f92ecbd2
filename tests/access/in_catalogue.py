"""Sessions that MEDIATOR gives in a space of theirs, one of them in a place that has closed since."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.clock import PARIS
from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, SpaceId
from services.catalogue import usecases
from services.catalogue.model import LabelForm, MediatorForm, SeriesForm, SessionForm, feed_code
from services.catalogue.standards import places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from services.catalogue.wording import CHANGES
from tests.access.world import World
from tests.actors import MEDIATOR, OTHER_MEDIATOR, SECRET
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, first_training, place, space_ids

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ME = MEDIATOR.mediator_id or MediatorId(UUID(int=0))
MONDAY = NEXT_WEEK.astimezone(PARIS).date() - timedelta(days=NEXT_WEEK.astimezone(PARIS).weekday())


async def catalogue(site: Site) -> World:
    database = site.runtime.database
    mine, shut = await spaces(database)
    training = await first_training(database)
    form = SessionForm(training_id=training, space_id=mine, mediator_id=ME, starts_at=NEXT_WEEK, capacity=8)
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    elsewhere = form.model_copy(update={"space_id": shut, "starts_at": NEXT_WEEK + DAY})
    left = await database.transact(lambda tx: usecases.put_on_session(tx, elsewhere, OFFICE))
    await database.transact(lambda tx: usecases.close_space(tx, shut, closed=True))
    weekly = SeriesForm(**{**form.model_dump(), "starts_at": NEXT_WEEK + 3 * HOUR, "until": MONDAY + 15 * DAY})
    series = await database.transact(lambda tx: usecases.put_on_series(tx, weekly, OFFICE))
    values = {
        "session_id": session.id, "space_id": mine, "mediator_id": ME, "training_id": training, "series_id": series.id,
        "starts_at": (NEXT_WEEK + 2 * DAY).isoformat(), "until": (MONDAY + 14 * DAY).isoformat(), "capacity": 8,
        "room": "", "week": MONDAY.isoformat(), "to_week": (MONDAY + 7 * DAY).isoformat(),
        "name": "pass.css", "version": "0",
        "semaine": MONDAY.isoformat(), "code": "MAIL-01", "number": 1,
    }  # fmt: skip
    others = {
        "PUT /api/catalogue/sessions/*": {"reason": CHANGES[0]},
        "GET /agenda/espaces/*": {"code": feed_code(SECRET, mine, 0)},
        "GET /agenda/mediateurs/*": {"code": feed_code(SECRET, ME, 0)},
    }
    marks = {"/seances": f"/seances/{session.id}", "/seances/a-reprendre": f"/seances/{left.id}"}
    return World(values, others, marks=marks, guessed={"code": feed_code(SECRET, session.id, 0)})


async def spaces(database: Database) -> tuple[SpaceId, SpaceId]:
    """Both labelled; the first one is the mediator's."""
    file = read_places(places_to_csv([place("drome-1"), place("drome-2")]).encode())
    await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    await database.transact(lambda tx: usecases.import_places(tx, file, trial=False))
    mine, shut = [*(await space_ids(database)).values()][:2]
    here, away = MediatorForm(name="Démo Karim", space_ids=(mine,)), MediatorForm(name="Démo Lucie")
    colleague = OTHER_MEDIATOR.mediator_id or ME
    await database.transact(lambda tx: usecases.upsert_mediator(tx, ME, here))
    await database.transact(lambda tx: usecases.upsert_mediator(tx, colleague, away))
    today = datetime.now(UTC).date()
    label = LabelForm(first_day=today, last_day=today + 365 * DAY, seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, mine, label))
    await database.transact(lambda tx: usecases.label_space(tx, shut, label))
    return mine, shut
