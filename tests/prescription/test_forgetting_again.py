"""Rule 27: a database that was put back to an earlier moment forgets again whoever was erased since."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from services.prescription import queries, usecases
from services.prescription.usecases import Forgotten
from tests.prescription.conftest import PERSON
from tests.prescription.erasure_steps import asked, digests_of
from tests.prescription.steps import change, erased, merge, published, registered, rows, scalar

TABLES = ("beneficiaries", "merges", "erasure_requests", "erased", "erasures")


async def backed_up(database: Database, *tables: str) -> None:
    for table in tables:
        await change(database, f"CREATE TABLE backup_{table} AS TABLE {table}")


async def put_back(database: Database, *tables: str) -> None:
    """The rows as they were then."""
    for table in reversed(tables):
        await change(database, f"DELETE FROM {table}")  # noqa: S608 - our own names
    for table in tables:
        await change(database, f"INSERT INTO {table} SELECT * FROM backup_{table}")  # noqa: S608 - our own names


async def listed(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [Forgotten.of(request).written() for request in await queries.executed_since(reading, None)]


async def forgotten_again(site: Site, lines: list[str]) -> list[str]:
    again = partial(usecases.forget_again, forgotten=[*map(Forgotten.read, lines)], digests=digests_of(site))
    return [*await site.runtime.database.transact(again)]


async def test_walls_09_who_was_erased_since_the_backup_is_erased_again_and_the_others_are_told(
    site: Site, app: FastAPI, database: Database
) -> None:
    gone, stays = await registered(app), await registered(app, phone=None, channel="call", birth_date="1960-01-01")
    await backed_up(database, *TABLES)
    number = await erased(app, gone)
    lines = await listed(database)
    for personal in (gone, str(PERSON["last_name"]), str(PERSON["birth_date"])):
        assert personal not in lines[0]
    await put_back(database, *TABLES)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 2
    before = len(await published(database))
    assert await forgotten_again(site, lines) == [number]
    assert [str(id_) for (id_,) in await rows(database, "SELECT id FROM beneficiaries")] == [stays]
    assert "beneficiary.erased.v1" in await published(database, after=before)
    assert await forgotten_again(site, lines) == []
    assert await rows(database, "SELECT number, reason FROM erasure_requests") == [(number, "restored")]


async def test_walls_09_who_waited_when_it_was_backed_up_is_erased_under_their_number(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    number = (await asked(app, person)).json()["number"]
    await backed_up(database, *TABLES)
    await change(database, "UPDATE erasure_requests SET due_at = now()")
    erase = partial(usecases.erase_due, people=[BeneficiaryId(UUID(person))], digests=digests_of(site))
    await database.transact(erase)
    lines = await listed(database)
    await put_back(database, *TABLES)
    assert await forgotten_again(site, lines) == [number]
    assert await rows(database, "SELECT number, reason FROM erasure_requests") == [(number, "wish")]


async def test_walls_09_an_id_that_was_merged_since_is_known_too(site: Site, app: FastAPI, database: Database) -> None:
    survivor = await registered(app)
    await backed_up(database, *TABLES)
    merged = await registered(app, phone=None, channel="call", birth_date="1951-02-03")
    assert (await merge(app, merged, survivor)).status_code == 204
    await erased(app, merged)
    lines = await listed(database)
    await put_back(database, *TABLES)
    assert len(await forgotten_again(site, lines)) == 1
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == 0


@pytest.mark.parametrize(
    ("registered_at", "left"), [("now() - interval '1 year'", 0), ("now() + interval '1 hour'", 1)]
)
async def test_walls_09_a_name_and_birth_date_are_enough_unless_they_came_back_later(
    site: Site, app: FastAPI, database: Database, registered_at: str, left: int
) -> None:
    await erased(app, await registered(app))
    lines = await listed(database)
    await registered(app, last_name="DUBOEUF")
    await change(database, f"UPDATE beneficiaries SET registered_at = {registered_at}")  # noqa: S608 - ours
    await forgotten_again(site, lines)
    assert await scalar(database, "SELECT count(*) FROM beneficiaries") == left


async def test_walls_09_another_secret_finds_nobody(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app)
    await backed_up(database, *TABLES)
    await erased(app, person)
    lines: list[Any] = await listed(database)
    await put_back(database, *TABLES)
    other = usecases.forget_again
    digests = type(digests_of(site))(b"another secret")
    again = partial(other, forgotten=[*map(Forgotten.read, lines)], digests=digests)
    assert await database.transact(again) == []


def test_walls_09_a_line_that_is_none_of_the_list_is_refused() -> None:
    for line in ("", "{}", "[]", '{"number": "A"}', "Dubœuf;Jeanne"):
        with pytest.raises(ValueError, match="n'est pas de la liste"):
            Forgotten.read(line)
