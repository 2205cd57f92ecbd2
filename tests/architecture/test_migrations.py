"""Migrations suit the version that still runs, and stay what they were when they were released.

squawk looks at those that came since 0.1.0; the last release is in `deploy/last-release.json`.
"""

import ast
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from chassis import heads, migration
from deploy.local.servers import ROOT
from tests.sites import SERVICES

OURS = {"chassis", "contracts", "county", "services", "deploy", "tests"}
MIGRATIONS = sorted((ROOT / "services").glob("*/migrations/versions/*.py"))
RELEASED: dict[str, str] = json.loads((ROOT / "deploy" / "last-release.json").read_text())["heads"]
SINCE = {  # when squawk came; what is older is as it is
    "chassis": "0002_erased",
    "booking": "0004",
    "catalogue": "0004",
    "notifications": "0005",
    "prescription": "0005",
}
SQUAWK = Path(sys.executable).with_name("squawk")
NOT_ASKED = (
    "require-lock-timeout,require-statement-timeout,"  # `migrate` sets the one; an index may take its time
    "prefer-bigint-over-int,prefer-robust-stmts"  # small numbers are small; a step is done once, or not at all
)
TAKES_AWAY = "ban-drop-column,ban-drop-constraint,ban-drop-table,ban-drop-not-null,renaming-column,renaming-table"


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def of_today(source: str) -> list[str]:
    """What it imports of the code as it is today, which goes on changing."""
    return [name for name in imported(source) if name.partition(".")[0] in OURS | {""}]


def faults(sql: str, *, takes_away: bool = False) -> list[str]:
    """What squawk says of it; of what is taken away only when the migration does not say whom it still suits."""
    excluded = f"{NOT_ASKED},{TAKES_AWAY}" if takes_away else NOT_ASKED
    command = [str(SQUAWK), "--reporter", "gcc", "--pg-version", "18", "--exclude", excluded, "--assume-in-transaction"]
    if "CONCURRENTLY" in sql:
        command.remove("--assume-in-transaction")
    told = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert not told.stderr or told.stdout, told.stderr
    return [line for line in told.stdout.splitlines() if " warning: " in line or " error: " in line]


def statements(service: str, revision: str) -> str:
    """What the migration says to the database, with nothing behind it that could answer."""
    written = io.StringIO()
    options = {"as_sql": True, "output_buffer": written}
    with Operations.context(MigrationContext.configure(dialect_name="postgresql", opts=options)):
        module = migration.scripts(folder(service)).get_revision(revision).module
        module.upgrade()
    return written.getvalue()


def folder(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def newer() -> Iterator[tuple[str, str, bool]]:
    """Since squawk looks at them: name, SQL, whether it says from which version on it suits programs."""
    for file in heads.chassis_migrations():
        if file.stem > SINCE["chassis"]:
            yield f"chassis {file.stem}", file.read_text(), bool(heads.OLDEST.search(file.read_text()))
    for service in SERVICES:
        for one in migration.scripts(folder(service)).iterate_revisions("head", SINCE[service]):
            yield f"{service} {one.revision}", statements(service, one.revision), hasattr(one.module, "oldest")


def test_core_25_no_migration_imports_the_code_of_today() -> None:
    assert {path.name: of_today(path.read_text()) for path in MIGRATIONS if of_today(path.read_text())} == {}
    assert len(MIGRATIONS) >= 18


def test_core_25_an_import_of_the_code_of_today_is_seen() -> None:
    assert of_today("from services.booking.model import Wallet\nimport chassis.plain\nimport re\n") == [
        "services.booking.model",
        "chassis.plain",
    ]


def test_core_25_no_migration_since_0_1_0_stops_those_who_work_meanwhile() -> None:
    looked_at = {name: faults(sql, takes_away=takes_away) for name, sql, takes_away in newer()}
    assert {name: found for name, found in looked_at.items() if found} == {}
    assert looked_at


@pytest.mark.parametrize("service", SERVICES)
def test_core_25_todays_shape_suits_the_programs_of_the_last_release(service: str) -> None:
    newest_first = migration.scripts(folder(service)).iterate_revisions("head", "base")
    suited = heads.suited((one.revision, getattr(one.module, "oldest", "")) for one in newest_first)
    assert RELEASED[service] in suited
    assert RELEASED["chassis"] in heads.chassis_suited()


def test_core_25_the_chassis_migrations_are_numbered_one_after_another() -> None:
    numbers = [file.name.partition("_")[0] for file in heads.chassis_migrations()]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("ALTER TABLE files ADD COLUMN note TEXT NOT NULL", "adding-required-field"),
        ("ALTER TABLE files ADD COLUMN at TIMESTAMP DEFAULT clock_timestamp()", "adding-field-with-default"),
        ("ALTER TABLE files ALTER COLUMN state TYPE VARCHAR(3)", "changing-column-type"),
        ("ALTER TABLE files ALTER COLUMN state SET NOT NULL", "adding-not-nullable-field"),
        ("CREATE INDEX more ON files (state)", "require-concurrent-index-creation"),
        ("ALTER TABLE files ADD CONSTRAINT more CHECK (state <> '')", "constraint-missing-not-valid"),
        ("ALTER TABLE files ADD CONSTRAINT more UNIQUE (state)", "disallowed-unique-constraint"),
        ("ALTER TABLE files ADD CONSTRAINT m FOREIGN KEY (a) REFERENCES b (id)", "adding-foreign-key-constraint"),
        ("ALTER TABLE files DROP COLUMN state", "ban-drop-column"),
        ("DROP TABLE files", "ban-drop-table"),
        ("ALTER TABLE files RENAME COLUMN state TO stage", "renaming-column"),
    ],
)  # fmt: skip
def test_core_25_what_stops_others_or_takes_away_is_seen(statement: str, rule: str) -> None:
    assert any(rule in fault for fault in faults(f"{statement};"))


def test_core_25_what_only_adds_is_let_through_and_so_is_taking_away_by_who_says_whom_it_suits() -> None:
    adds = "CREATE TABLE notes (id BIGINT PRIMARY KEY, n TEXT NOT NULL);\nCREATE INDEX ix ON notes (n);"
    assert faults(f"{adds}\nALTER TABLE files ADD COLUMN note TEXT;") == []
    assert faults("CREATE INDEX CONCURRENTLY more ON files (state);") == []
    assert faults("ALTER TABLE files ADD CONSTRAINT more CHECK (state <> '') NOT VALID;") == []
    assert faults("ALTER TABLE files DROP COLUMN state;", takes_away=True) == []
