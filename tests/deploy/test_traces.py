"""What looks for the traces of a person finds them wherever they are, in every form in which they may be written."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.db import Database
from contracts.ids import uuid7
from deploy.traces import places
from deploy.traces.sought import Sought, sought

PERSON = {"last_name": "Dubœuf", "phone": "06 39 98 12 34", "email": "demo_jeanne@exemple.invalid"}
ID = UUID("018f0000-0000-7000-8000-00000000e2a5")
WANTED: Sequence[Sought] = [*sought(PERSON, ID)]
FORMS = {
    "nom": ("Dubœuf", "dubœuf", "duboeuf"),
    "téléphone": ("+33639981234", "0639981234", "06 39 98 12 34"),
    "e-mail": ("demo_jeanne@exemple.invalid",),
    "identifiant": (str(ID), ID.hex),
}
EACH = [(kind, form) for kind, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("kind", "form"), EACH)
def test_walls_09_bytes_of_a_file_are_seen(tmp_path: Path, kind: str, form: str) -> None:
    file = tmp_path / "a.log"
    file.write_bytes(b"\x00\xff " + f"x{form}y{form}".encode() + b"\xff")
    assert places.files("journaux", [file, tmp_path / "gone"], WANTED) == {"journaux": {kind: 2}}


def test_walls_09_an_id_in_a_databases_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "segment").write_bytes(b"\x00" + ID.bytes + b"\x00")
    assert places.files("base", tmp_path.iterdir(), WANTED) == {"base": {"identifiant": 1}}


def test_walls_09_of_another_person_nothing_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"Dubreuil +33639981235 demoxjeanne@exemple.invalid {uuid7()}")
    assert places.files("journaux", tmp_path.iterdir(), WANTED) == {}


@pytest.mark.parametrize(("kind", "form"), EACH)
@pytest.mark.parametrize("column", ["written", "packed", "body"])
async def test_walls_09_a_row_is_seen_whatever_the_column(
    database: Database, kind: str, form: str, column: str
) -> None:
    values = {"written": form, "packed": f'["{form}"]', "body": form.encode()}
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE noted (written text, packed jsonb, body bytea)"))
        await connection.execute(text("INSERT INTO noted (written) VALUES ('demoxjeanne@exemple.invalid')"))
        query = f"INSERT INTO noted ({column}) VALUES (:value)"  # noqa: S608 - our own names
        await connection.execute(text(query), {"value": values[column]})
    found = await places.tables("essai", database.url, WANTED)
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP TABLE noted"))
    assert found == {"essai.noted": {kind: 1}}
