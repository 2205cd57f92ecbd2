"""What we say of a place is corrected: everyone booked there hears of it. Rule 13."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.db import Database
from services.catalogue import queries, usecases
from services.catalogue.model import Session, SessionForm, SpaceDetails
from services.catalogue.standards import Place, places_to_csv, read_places
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, place
from tests.catalogue.planning import published, published_types


async def correct(database: Database, form: SessionForm, **values: Any) -> None:
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, SpaceDetails(values, [])))


async def take(database: Database, *places: Place) -> None:
    reading = read_places(places_to_csv(places).encode())
    await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))


@pytest.fixture
async def session(database: Database, form: SessionForm) -> Session:
    """With one that is cancelled, which hears of nothing."""
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=5)})
    gone = await database.transact(lambda tx: usecases.put_on_session(tx, later, OFFICE))
    await database.transact(lambda tx: usecases.cancel_session(tx, gone.id, "erreur de saisie", OFFICE))
    return await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))


@pytest.mark.parametrize(
    ("corrected", "shown"),
    [
        ({"adresse": "3 quai des Marronniers"}, {"address": "3 quai des Marronniers"}),
        ({"nom": "Espace du Pont"}, {"name": "Espace du Pont"}),
        ({"code_postal": "26401"}, {"postal_code": "26401"}),
        ({"telephone": "+33465710009"}, {"phone": "+33465710009"}),
    ],
)
async def test_rule_13_a_corrected_place_reaches_each_session_to_come(
    database: Database, form: SessionForm, session: Session, corrected: dict[str, str], shown: dict[str, str]
) -> None:
    await correct(database, form, **corrected)
    await correct(database, form, **corrected)  # nothing differs any more
    [changed] = await published(database, "session.changed.v1")
    assert changed["session_id"] == str(session.id)
    assert (changed["changed"], changed["version"]) == (["place"], 2)
    assert changed["place"] | shown == changed["place"]
    assert changed["reason"] == "l'adresse du lieu est corrigée"
    async with database.reading() as reading:
        stored = await queries.session(reading, session.id)
    assert (stored.version, stored.reason) == (2, changed["reason"])
    assert stored.changed_at > session.changed_at


async def test_rule_13_what_nobody_has_to_know_for_coming_changes_no_session(
    database: Database, form: SessionForm, session: Session
) -> None:
    await correct(database, form, horaires="Mo-Fr 09:00-12:00")
    assert session.version == 1
    assert "session.changed.v1" not in await published_types(database)


async def test_rule_13_a_file_with_a_new_address_reaches_the_sessions_of_that_place_alone(
    database: Database, session: Session
) -> None:
    await take(database, place("drome-1", adresse="9 rue Neuve"), place("drome-2", adresse="8 rue Neuve"))
    [changed] = await published(database, "session.changed.v1")
    assert (changed["session_id"], changed["place"]["address"]) == (str(session.id), "9 rue Neuve")


async def test_partners_read_a_session_again_when_its_training_was_rewritten(
    database: Database, session: Session
) -> None:
    async with database.reading() as reading:
        text = (await queries.training_by_code(reading, "MAIL-01")).text()
    rewritten = text.model_copy(update={"bring": "Votre téléphone, chargé."})
    await database.transact(lambda tx: usecases.write_training(tx, rewritten, "Démo Anne"))
    async with database.reading() as reading:
        [again] = await queries.changed_since(reading, Session, session.changed_at, after=session.id)
    assert (again.id, again.version) == (session.id, 1)


@pytest.mark.usefixtures("session")
async def test_a_closed_space_stays_closed_for_partners_whatever_is_corrected(
    database: Database, form: SessionForm
) -> None:
    await database.transact(lambda tx: usecases.close_space(tx, form.space_id, closed=True))
    before = (await published_types(database)).count("space.changed.v1")
    await correct(database, form, adresse="3 quai des Marronniers")
    await take(database, place("drome-1", horaires="Mo-Fr 09:00-12:00"))
    kinds = await published_types(database)
    assert (kinds.count("space.changed.v1"), kinds.count("space.closed.v1")) == (before, 3)
