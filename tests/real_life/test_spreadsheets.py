"""Tables that leave the product, as a French Excel opens them and as programs read them."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from chassis.site import Site
from chassis.spreadsheets import for_people, for_programs
from deploy.local.servers import ROOT
from services.catalogue.standards import places_to_csv
from tests.actors import asking
from tests.catalogue.conftest import place
from tests.catalogue.test_places import imported
from tests.real_life.tables import Table

CELLS = Table(
    "Les cases d'un fichier pour tableur",
    "À gauche pour une personne, dans Excel en français ; à droite pour un programme (RFC 4180).",
    ("Valeur", "Pour une personne", "Pour un programme"),
    (
        ("date", "31/03/2026", "2026-03-31"),
        ("date et heure", "31/03/2026 14:30", "2026-03-31T12:30:00+00:00"),
        ("nombre", "1234,5", "1234.5"),
        ("nombre entier", "1234", "1234"),
        ("oui ou non", "oui", "True"),
        ("rien", "", ""),
        ("liste", "Jeunes, Seniors", "Jeunes|Seniors"),
        ("formule", "'=1+1", "=1+1"),
        ("formule, signe large", "'＝1+1", "＝1+1"),
        ("téléphone", "'+33475250000", "+33475250000"),
        ("guillemet et point-virgule", 'Le "Pont" ; Crest', 'Le "Pont" ; Crest'),
        ("deux lignes", "une\ndeux", "une\ndeux"),
        ("accents", "Médiathèque", "Médiathèque"),
    ),
)
TABLES = (CELLS,)
VALUES: dict[str, object] = {
    "date": date(2026, 3, 31),
    "date et heure": datetime(2026, 3, 31, 12, 30, tzinfo=UTC),
    "nombre": 1234.5,
    "nombre entier": 1234,
    "oui ou non": True,
    "rien": None,
    "liste": ("Jeunes", "Seniors"),
    "formule": "=1+1",
    "formule, signe large": "＝1+1",
    "téléphone": "+33475250000",
    "guillemet et point-virgule": 'Le "Pont" ; Crest',
    "deux lignes": "une\ndeux",
    "accents": "Médiathèque",
}


@pytest.mark.parametrize(("kind", "people", "programs"), CELLS.rows)
def test_a_cell_is_read_by_people_and_by_programs(kind: str, people: str, programs: str) -> None:
    value = VALUES[kind]
    written = for_people(["Colonne", "Autre"], [[value, "x"]])
    assert written.startswith("\ufeffColonne;Autre\r\n")
    assert [*csv.reader(io.StringIO(written, newline=""), delimiter=";")][1] == [people, "x"]
    plain = for_programs(["colonne", "autre"], [[value, "x"]])
    assert plain.startswith('"colonne","autre"\r\n')
    assert [*csv.reader(io.StringIO(plain, newline=""), strict=True)][1] == [programs, "x"]


@pytest.mark.parametrize("write", [for_people, for_programs])
def test_lines_end_as_the_rfc_says(write: Callable[..., str]) -> None:
    assert write(["a"], [["b"]]).count("\r\n") == 2


def test_every_export_is_written_by_the_one_function() -> None:
    writers = [
        path.relative_to(ROOT).as_posix()
        for folder in ("chassis", "county", "services")
        for path in (ROOT / folder).rglob("*.py")
        if "csv.writer(" in path.read_text("utf-8") or "csv.DictWriter(" in path.read_text("utf-8")
    ]
    assert writers == ["chassis/spreadsheets.py"]


async def test_the_list_of_places_is_plain_for_programs(catalogue: Site) -> None:
    await imported(catalogue.runtime.database, places_to_csv([place(nom="Médiathèque")]).encode())
    async with asking(catalogue.application()) as client:
        exported = (await client.get("/api/catalogue/places.csv")).content
    assert exported.startswith(b'"id","pivot"')
    assert exported.count(b"\r\n") == 2
