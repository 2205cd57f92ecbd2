"""Rule 19: a file and its mediator, from the proposal to the plan."""

from datetime import timedelta
from uuid import UUID

import pytest

from chassis.db import Database
from contracts.catalogue import MediatorLeft, TrainingWithdrawn
from contracts.ids import MediatorId, TrainingId
from services.booking import queries, usecases
from services.booking.model import FileOfAnother
from services.booking.model.file import AlreadyAccepted, HandedToOneself
from tests.booking.answers import published
from tests.booking.conftest import deliver, new_people, new_person
from tests.booking.events import KARIM, LUCIE, in_post, posted, training


async def test_rule_19_a_file_is_proposed_to_the_least_busy_and_its_delay_is_counted_and_traced(
    database: Database,
) -> None:
    await deliver(database, *in_post(KARIM), *in_post(LUCIE, "Démo Lucie"))
    people = await new_people(database, 2)
    async with database.reading() as reading:
        proposed = {file.mediator_id for file, _ in await queries.proposed_files(reading)}
    assert proposed == {KARIM, LUCIE}
    await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=KARIM))
    with pytest.raises(AlreadyAccepted):
        await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=LUCIE))
    with pytest.raises(HandedToOneself):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=KARIM, reason="congés"))
    with pytest.raises(FileOfAnother):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=LUCIE, to=KARIM, reason="congés"))
    nobody = MediatorId(UUID(int=99))
    with pytest.raises(queries.NoSuchMediator):
        await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=nobody, reason="congés"))
    await database.transact(lambda tx: usecases.hand_over(tx, people[0], by=KARIM, to=LUCIE, reason="congés"))
    await database.transact(lambda tx: usecases.accept_file(tx, people[0], by=LUCIE))
    async with database.reading() as reading:
        trace = [(move.what, move.reason) for move in await queries.file_moves(reading, people[0])]
    assert trace == [
        ("proposed", ""), ("accepted", ""), ("handed_over", "congés"), ("proposed", ""), ("accepted", ""),
    ]  # fmt: skip


async def test_rule_19_what_nobody_takes_over_is_proposed_to_another(database: Database) -> None:
    await deliver(database, *in_post(KARIM), *in_post(LUCIE, "Démo Lucie"))
    person = await new_person(database)
    async with database.reading() as reading:
        first = (await queries.file(reading, person)).mediator_id
    await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(days=3)))
    assert len(await published(database, "file.proposed")) == 1
    await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(0)))
    async with database.reading() as reading:
        second = (await queries.file(reading, person)).mediator_id
    assert {first, second} == {KARIM, LUCIE}


async def test_rule_19_the_people_of_a_mediator_who_leaves_are_proposed_to_another_with_a_trace(
    database: Database,
) -> None:
    await deliver(database, *in_post(KARIM))
    followed, proposed = await new_people(database, 2)
    await database.transact(lambda tx: usecases.accept_file(tx, followed, by=KARIM))
    left = MediatorLeft.model_validate(posted(KARIM, version=2).model_dump())
    await deliver(database, *in_post(LUCIE, "Démo Lucie"), left)
    for _ in range(2):
        await database.transact(lambda tx: usecases.propose_again(tx, waits=timedelta(days=3)))
    async with database.reading() as reading:
        for person in (followed, proposed):
            file = await queries.file(reading, person)
            assert (file.state, file.mediator_id) == ("proposed", LUCIE)
        trace = [(move.what, move.to_mediator_id, move.reason) for move in await queries.file_moves(reading, followed)]
    assert trace[2:] == [("handed_over", LUCIE, "départ du médiateur"), ("proposed", None, "")]
    assert len(await published(database, "file.handed_over")) == 1
    await database.transact(lambda tx: usecases.accept_file(tx, followed, by=LUCIE))


async def test_rule_19_a_plan_holds_the_trainings_that_catalogue_knows_in_their_order(database: Database) -> None:
    known_training = training()
    gone = TrainingWithdrawn(**training(2).model_dump() | {"training_id": TrainingId(UUID(int=4))})
    await deliver(database, *in_post(KARIM), known_training, gone)
    person = await new_person(database)
    await database.transact(lambda tx: usecases.accept_file(tx, person, by=KARIM))
    wanted = [gone.training_id, known_training.training_id, TrainingId(UUID(int=5)), known_training.training_id]
    with pytest.raises(FileOfAnother):
        await database.transact(lambda tx: usecases.plan(tx, person, wanted, by=LUCIE))
    for _ in range(2):
        await database.transact(lambda tx: usecases.plan(tx, person, wanted, by=KARIM))
        await database.transact(lambda tx: usecases.note_needs(tx, person, ["farm", "farm"], "débutant", by=KARIM))
    async with database.reading() as reading:
        file = await queries.file(reading, person)
    assert (file.plan, file.needs, file.level) == ([gone.training_id, known_training.training_id], ["farm"], "débutant")
    assert await published(database, "plan.changed") == ["plan.changed"]
