"""A catalogue that is in use moves to the new shape with what it holds."""

from datetime import timedelta

from sqlalchemy import MetaData, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.clock import Clock
from chassis.db import Database, Reading, Transaction
from chassis.migration import migrate
from contracts.ids import MediatorId, SessionId, uuid7
from deploy.local.servers import ROOT
from services.catalogue import queries, usecases
from services.catalogue.model import TrainingTerm
from services.catalogue.queries import TrainingSearch
from services.catalogue.trainings import read_trainings

IDS = {name: uuid7() for name in ("training", "space", "mediator", "session")}
BEFORE = """
INSERT INTO trainings (id, version, state, code, title, summary, objectives, prerequisites, level, themes, thematiques,
                       audiences, hours, accessibility, bring)
VALUES (:training, 3, 'published', 'MAIL-01', 'Créer son adresse e-mail', 'Une adresse e-mail est demandée partout.',
        '{"Choisir une messagerie"}', 'Aucun.', 'débutant', '{courriel}', '{}', '{}', 1, 'Lettres agrandies.', 'Rien.');
INSERT INTO spaces (id, version, state, source_id, name, commune_insee, place, seats)
VALUES (:space, 1, 'listed', 'a', 'Espace', '26108', '{"id": "a", "pivot": "00000000000000", "nom": "Espace",
        "commune": "Crest", "code_postal": "26400", "adresse": "1 rue X", "date_maj": "2026-01-01",
        "latitude": 44.7, "longitude": 5.0}', 8);
INSERT INTO labels (space_id, valid, warned, ended) VALUES (:space, daterange('2026-01-01', NULL), false, false);
INSERT INTO mediators (id, version, name, phone, space_ids, left_on) VALUES (:mediator, 1, 'Démo', NULL, '{}', NULL);
INSERT INTO sessions (id, version, state, training_id, space_id, mediator_id, room, during, labelled_on, capacity,
                      taken, waiting, fill_version)
VALUES (:session, 1, 'scheduled', :training, :space, :mediator, '', tstzrange(now() + interval '1 day',
        now() + interval '1 day 1 hour'), daterange(current_date + 1, current_date + 2), 8, 2, 0, 1)
"""


async def test_what_was_there_is_found_versioned_and_sold_as_it_was(database_url: str) -> None:
    await _upgrade(database_url, "0002", BEFORE)
    await _upgrade(database_url, "head")
    database = Database(database_url, clock=Clock())
    now = Clock().now()
    async with database.reading() as reading:
        session = await queries.session(reading, SessionId(IDS["session"]))
        sold = await queries.version(reading, session.training, session.training_version)
        results = await queries.search_trainings(
            reading, TrainingSearch(q="creer adresse", commune="26108", km=20), now
        )
    assert (session.training_version, session.taken, session.hours) == (3, 2, 1)
    assert sold.text["title"] == "Créer son adresse e-mail"
    assert [training.code for training in results.trainings] == ["MAIL-01"]
    assert await _terms(database) == await database.transact(_written_anew)
    counts = await database.transact(lambda tx: usecases.publish_trainings(tx, read_trainings()))
    assert counts["changed"] == 1
    assert session.changed_at > now - timedelta(minutes=5)
    await database.close()


async def test_what_the_last_version_held_is_mended(database_url: str) -> None:
    """A training whose code nobody could read, a mediator whose departure was said too early."""
    await _upgrade(database_url, "0002", BEFORE)
    await _upgrade(
        database_url, "0003", "UPDATE trainings SET code = 'MAIL-1';\nUPDATE mediators SET left_on = '2999-01-01'"
    )
    await _upgrade(database_url, "head")
    database = Database(database_url, clock=Clock())
    await database.transact(usecases.publish_departures)
    async with database.reading() as reading:
        [training] = await queries.all_trainings(reading)
        mediator = await queries.mediator(reading, MediatorId(IDS["mediator"]))
    assert training.code == "REPR-01"
    assert (mediator.in_post, mediator.version) == (True, 2)
    await database.close()


async def _terms(reading: Database | Reading) -> set[tuple[str, float]]:
    if isinstance(reading, Database):
        async with reading.reading() as again:
            return await _terms(again)
    return {(term.term, term.weight) for term in await reading.scalars(select(TrainingTerm))}


async def _written_anew(tx: Transaction) -> set[tuple[str, float]]:
    await queries.replace_terms(tx, await queries.all_trainings(tx))
    return await _terms(tx)


async def _upgrade(url: str, to: str, then: str = "") -> None:
    await migrate(url, ROOT / "services" / "catalogue" / "migrations", MetaData(), to)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in filter(str.strip, then.split(";\n")):
            names = {name: value for name, value in IDS.items() if f":{name}" in statement}
            await connection.execute(text(statement), names)
    await engine.dispose()
