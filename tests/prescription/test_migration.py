"""A service in use moves to the new shape: what was left of the merged and of the erased is put right."""

from sqlalchemy import MetaData

from chassis import migration
from chassis.clock import Clock
from chassis.db import Database
from contracts.ids import uuid7
from deploy.local.servers import ROOT
from tests.prescription.steps import change, rows, scalar

FOLDER = ROOT / "services" / "prescription" / "migrations"
FIRST, SECOND, LAST, ERASED = uuid7(), uuid7(), uuid7(), uuid7()
CENTRE = "INSERT INTO centres VALUES (:id, 1, 'Centre', 'cms', '26108', NULL, true)"
NADIA = "INSERT INTO prescribers VALUES (:id, :id, 'Démo Nadia', true)"
PERSON = """
INSERT INTO beneficiaries (id, version, centre_id, registered_by, registered_at, first_name, last_name, plain_name,
    name_key, birth_date, twin, commune_insee, epci, channel, email, audiences, msa, language_level, support_needs,
    opt_outs, quiet_kinds, wallet_version, hours_followed)
VALUES (:id, 1, :id, :id, now(), 'Démo', 'Dubœuf', 'duboeuf demo', 'demo duboeuf', '1951-03-02', 0, '26108', '',
    'email', 'Demo@Exemple.INVALID', '{}', false, 'fluent', '{}', '{}', '{}', 0, 0)
"""
MERGE = "INSERT INTO merges VALUES (:merged, :survivor, 'date mal lue', 'Démo Admin', now())"
READ = """
INSERT INTO readings (beneficiary_id, subject, name, what, why, at)
VALUES (:id, 'nadia', 'Démo Nadia', 'page', 'suivi par son centre', now())
"""


async def test_rules_5_and_27_what_was_left_of_the_merged_and_the_erased_is_put_right(database_url: str) -> None:
    await migration.migrate(database_url, FOLDER, MetaData(), "0004")
    database = Database(database_url, clock=Clock())
    for statement in (CENTRE, NADIA, PERSON):
        await change(database, statement, id=LAST)
    for merged, survivor in ((FIRST, SECOND), (SECOND, LAST), (uuid7(), ERASED)):
        await change(database, MERGE, merged=merged, survivor=survivor)
    for whose in (FIRST, SECOND, LAST, ERASED):
        await change(database, READ, id=whose)
    await migration.migrate(database_url, FOLDER, MetaData())
    assert {tuple(row) for row in await rows(database, "SELECT merged_id, kept_id FROM merges")} == {
        (FIRST, LAST),
        (SECOND, LAST),
    }
    assert await rows(database, "SELECT beneficiary_id FROM readings") == [(LAST,)] * 3
    assert await scalar(database, "SELECT email FROM beneficiaries") == "demo@exemple.invalid"
    await database.close()
