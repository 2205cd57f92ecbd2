"""The public search page with 10,000 sessions to come, one worker, against the same questions put to PostgreSQL."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from statistics import median

import asyncpg

from chassis import db
from chassis.clock import Clock
from chassis.db import Database, Transaction, chassis_tables
from contracts.ids import MediatorId, uuid7
from services.catalogue import usecases
from services.catalogue.app import create_site
from services.catalogue.model import LabelForm, MediatorForm, Record
from services.catalogue.queries.search import SCORES, asked_of
from services.catalogue.settings import Settings
from services.catalogue.standards import Place, places_to_csv, read_places
from services.catalogue.trainings import read_trainings
from tests.actors import asking, settings_for
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, percentile

SPACES, SLOTS, ROUNDS = 50, 200, 12
QUESTIONS = (
    "impots",
    "je n'arrive pas à ouvrir ma pièce jointe",
    "watsapp",
    "mon téléphone est plein",
    "declaration pac",
    "faire un cv",
    "",
)
FILTERS = ("", "&commune=crest&km=30", "&seats=true", "&theme=courriel&level=d%C3%A9butant")

FILL = """
INSERT INTO sessions (id, version, state, training_id, training_version, space_id, mediator_id, room, during,
                      labelled_on, capacity, taken, waiting, fill_version, reason, changed_at)
SELECT gen_random_uuid(), 1, 'scheduled', training.id, 1, space.id, mediator.id, space.n::text,
       tstzrange(starts, starts + make_interval(hours => training.hours)),
       daterange(starts::date, starts::date + 1), 8, (slot % 9)::int, 0, 0, '', now()
FROM generate_series(0, $1 - 1) AS slot,
     (SELECT id, row_number() OVER () AS n FROM spaces) AS space,
     LATERAL (SELECT id, hours FROM trainings ORDER BY id OFFSET (slot * 53 + space.n * 7) % $2 LIMIT 1) AS training,
     LATERAL (SELECT date_trunc('day', now()) + interval '1 day' + slot * interval '5 hours' AS starts) AS at,
     LATERAL (SELECT id FROM mediators ORDER BY id OFFSET space.n - 1 LIMIT 1) AS mediator
"""
NEXT = """
SELECT sessions.*, spaces.*, mediators.* FROM unnest($1::uuid[]) AS training(id),
LATERAL (SELECT * FROM sessions WHERE training_id = training.id AND state = 'scheduled'
         AND during > tstzrange(now(), now(), '[]') ORDER BY during LIMIT 3) AS sessions
JOIN spaces ON spaces.id = space_id JOIN mediators ON mediators.id = mediator_id
"""
BY_CODE = "SELECT id FROM trainings WHERE state = 'published' ORDER BY code LIMIT 20"


async def search(ground: Ground) -> list[Line]:
    """A page is asked for, filled and written out; nothing is remembered between two."""
    database = await ground.database(chassis_tables, Record.metadata)
    await _fill(database)
    site = create_site(settings_for(Settings, database.url))
    async with asking(site.application()) as visitor:
        ours = await _timed(visitor.get, [f"/?q={q}{more}" for q in QUESTIONS for more in FILTERS])
    raw = await _raw(database)
    await site.runtime.database.close()
    await database.close()
    p50, p95 = median(ours) * 1000, percentile(ours, 0.95) * 1000
    limit = percentile(raw, 0.95) * 1000
    told_raw = f"p50 {median(raw) * 1000:.1f} ms, p95 {limit:.1f} ms"
    what = f"search page, {SPACES * SLOTS:,} sessions, one worker, against its questions by asyncpg"
    return [Line(what, f"p50 {p50:.0f} ms, p95 {p95:.0f} ms", told_raw, f"{limit / p95:.2f}", "p95 < 100 ms")]


async def _timed(ask: Callable[[str], Awaitable[object]], paths: Sequence[str]) -> list[float]:
    seconds = []
    for path in paths:
        await ask(path)
    for path in [*paths] * ROUNDS:
        began = time.perf_counter()
        await ask(path)
        seconds.append(time.perf_counter() - began)
    return seconds


async def _raw(database: Database) -> list[float]:
    connection = await asyncpg.connect(db.dsn(database.url))
    statement = str(SCORES.text)
    names = ("places", "words", "closeness", "from_the_best")
    for number, name in enumerate(names, start=1):
        statement = statement.replace(f":{name}", f"${number}")

    async def ask(question: str) -> None:
        asked = asked_of(question)
        rows = await connection.fetch(statement, *(asked[name] for name in names)) if asked else None
        ids = [row[0] for row in (await connection.fetch(BY_CODE) if rows is None else rows)]
        await connection.fetch(NEXT, ids[:20])

    try:
        return await _timed(ask, QUESTIONS)
    finally:
        await connection.close()


async def _fill(database: Database) -> None:
    places = [_place(number) for number in range(SPACES)]
    reading, texts = read_places(places_to_csv(places).encode()), [*read_trainings()]
    label = LabelForm(first_day=date(2026, 1, 1), seats=12)

    async def found(tx: Transaction) -> None:
        await usecases.publish_trainings(tx, texts)
        for line in (await usecases.import_places(tx, reading, trial=False)).lines:
            await usecases.upsert_mediator(tx, MediatorId(uuid7()), MediatorForm(name=f"Médiateur {line.source_id}"))

    await database.transact(found)
    connection = await asyncpg.connect(db.dsn(database.url))
    for space in await connection.fetch("SELECT id FROM spaces"):
        await database.transact(lambda tx, space=space: usecases.label_space(tx, space["id"], label))  # type: ignore[misc]
    await connection.execute(FILL, SLOTS, len(texts))
    await connection.execute("ANALYZE")
    await connection.close()


def _place(number: int) -> Place:
    known = {"id": f"banc-{number}", "pivot": "0" * 14, "nom": f"Espace {number}", "commune": "Crest"}
    where = {"code_postal": "26400", "code_insee": "26108", "adresse": "1 rue du Banc"}
    north = 44.4 + number / SPACES
    day = (Clock().now() - timedelta(days=30)).date()
    return Place.model_validate(known | where | {"latitude": north, "longitude": 5.02, "date_maj": day})
