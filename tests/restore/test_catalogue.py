"""Catalogue's database is put back to an earlier moment: trainings, places, posts and sessions come back."""

from dataclasses import dataclass, field
from datetime import timedelta

from chassis.db import Database
from chassis.runtime import Runtime
from contracts.booking import SessionFilled
from contracts.ids import BeneficiaryId, MediatorId, SessionId, uuid7
from contracts.prescription import BeneficiaryErased
from services.catalogue import queries, usecases
from services.catalogue.model import LabelForm, MediatorForm, SessionForm, SpaceDetails
from services.catalogue.standards import places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, TODAY, first_training, place, space_ids
from tests.catalogue.planning import put_on
from tests.restore.conftest import Served
from tests.restore.rewound import differing

SAME = {
    "trainings": ["changed_at"],
    "training_versions": ["at", "by"],
    "training_terms": [],
    "spaces": ["changed_at"],
    "labels": [],
    "mediators": [],
    "sessions": ["changed_at"],
}
TRAININGS = sorted(read_trainings(), key=lambda text: text.code != "MAIL-01")
YEAR = timedelta(days=365)
KARIM, LUCIE = MediatorId(uuid7()), MediatorId(uuid7())


@dataclass
class Days:
    """A catalogue, before the moment; and what is planned, moved, ended and written since."""

    sessions: list[SessionId] = field(default_factory=list)

    async def begin(self, runtime: Runtime) -> None:
        database = runtime.database
        reading = read_places(places_to_csv([place("drome-1")]).encode())
        await database.transact(lambda tx: usecases.publish_trainings(tx, TRAININGS[:3]))
        await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))
        await database.transact(lambda tx: usecases.upsert_mediator(tx, KARIM, MediatorForm(name="Démo Karim")))
        space = (await space_ids(database))["drome-1"]
        label = LabelForm(first_day=TODAY, last_day=None, seats=12)
        await database.transact(lambda tx: usecases.label_space(tx, space, label))
        for hours in (0, 4):
            await self._put_on(database, hours)

    async def _put_on(self, database: Database, hours: int) -> None:
        space = (await space_ids(database))["drome-1"]
        starts = NEXT_WEEK + timedelta(hours=hours)
        training = await first_training(database)
        form = SessionForm(training_id=training, space_id=space, mediator_id=KARIM, starts_at=starts, capacity=4)
        self.sessions.append((await put_on(database, form)).id)

    async def go_on(self, runtime: Runtime) -> None:
        """A session makes room for another, a place is corrected and its label ends, a training is written anew."""
        database = runtime.database
        first, second = self.sessions
        await database.transact(lambda tx: usecases.cancel_session(tx, second, "le médiateur est malade", OFFICE))
        await self._move(database, first, hours=4)
        await self._put_on(database, hours=0)
        await database.transact(lambda tx: usecases.publish_trainings(tx, TRAININGS[:5]))
        text = TRAININGS[1].model_copy(update={"title": "Un autre titre, écrit à la main"})
        await database.transact(lambda tx: usecases.write_training(tx, text, "Démo Anne"))
        lucie = MediatorForm(name="Démo Lucie", left_on=TODAY + YEAR)
        await database.transact(lambda tx: usecases.upsert_mediator(tx, LUCIE, lucie))
        space = (await space_ids(database))["drome-1"]
        written = SpaceDetails({"telephone": "+33475000000"}, ["Salle bleue", "Salle verte"])
        await database.transact(lambda tx: usecases.correct_space(tx, space, written))
        await database.transact(lambda tx: usecases.end_label(tx, space, TODAY + YEAR))
        later = LabelForm(first_day=TODAY + 2 * YEAR, seats=12)
        await database.transact(lambda tx: usecases.label_space(tx, space, later))
        await database.transact(lambda tx: usecases.publish_label_ends(tx, warns=2 * YEAR))

    async def _move(self, database: Database, session: SessionId, hours: int) -> None:
        async with database.reading() as reading:
            known = await queries.session(reading, session)
        form = SessionForm(**{name: getattr(known, name) for name in SessionForm.model_fields})
        moved = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=hours), "capacity": 2})
        await database.transact(lambda tx: usecases.change_session(tx, session, moved, "la salle est prise", OFFICE))


async def test_core_22_what_catalogue_had_published_since_comes_back(served: Served) -> None:
    lost, days = await served("catalogue"), Days()
    await lost.does(act=days.begin)
    taken = SessionFilled(session_id=days.sessions[0], version=1, taken=3, offered=0, waiting=0)
    await lost.does(taken)
    old = await lost.copied()
    fewer = SessionFilled(session_id=days.sessions[0], version=2, taken=2, offered=0, waiting=0)
    gone = BeneficiaryErased(beneficiary_id=BeneficiaryId(uuid7()))
    await lost.does(fewer, gone, act=days.go_on)
    more = SessionFilled(session_id=days.sessions[0], version=3, taken=3, offered=0, waiting=0)
    await lost.does(more)
    assert await differing(lost, old, SAME)
    published = await old.published()
    await old.made_whole()
    await old.does()
    assert await differing(lost, old, SAME) == []
    assert await old.published() == published
    assert await old.knows_erased(gone.beneficiary_id)
