import contextlib
import csv
import io
from collections import Counter
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.db import Database
from chassis.site import Site
from contracts.ids import MediatorId, uuid7
from services.catalogue import usecases
from services.catalogue.commands import import_file, progress
from services.catalogue.standards import NotThisStandard, PlacesFile, doubled, doubles, places_to_csv, read_places
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import place

OLD = """[
 {"id": "1", "nom": "La plateforme", "commune": "VALENCE", "code_postal": "26000", "adresse": "1 rue X",
  "services": "Prendre en main un ordinateur;Accéder à du matériel",
  "date_maj": "22/06/2022", "telephone": "04 65 71 00 01"},
 {"id": "2", "nom": "Sans adresse", "commune": "Crest", "code_postal": "26400",
  "adresse": "(ex. 12 allée des Glycines)", "date_maj": "2022-06-22"},
 {"id": "3", "nom": "LA PLATEFORME", "commune": "Valence", "code_postal": "26000", "adresse": "2 rue Y",
  "date_maj": "2022-06-22"}
]"""


async def imported(
    database: Database, content: bytes, *, trial: bool = False, elsewhere: bool = False
) -> dict[str, int]:
    reading = read_places(content, elsewhere=elsewhere)
    done = await database.transact(lambda tx: usecases.import_places(tx, reading, trial=trial))
    return dict(done.counts)


async def test_an_old_file_is_translated_told_line_by_line_and_a_second_import_changes_nothing(
    database: Database,
) -> None:
    reading = read_places(OLD.encode())
    assert Counter(remark.severity for remark in reading.remarks)["refused"] == 1
    assert reading.places[0].services == (
        "Maîtrise des outils numériques du quotidien",
        "Accès internet et matériel informatique",
    )
    assert await imported(database, OLD.encode(), trial=True) == counts(created=2, refused=1)
    assert await imported(database, OLD.encode()) == counts(created=2, refused=1)
    assert await imported(database, OLD.encode()) == counts(unchanged=2, refused=1)


async def test_a_changed_place_changes_and_keeps_its_label(database: Database) -> None:
    await imported(database, places_to_csv([place()]).encode())
    moved = places_to_csv([place(adresse="2 rue Neuve")]).encode()
    assert await imported(database, moved, trial=True) == counts(changed=1)
    assert await imported(database, moved) == counts(changed=1)
    assert await imported(database, moved) == counts(unchanged=1)


async def test_the_export_is_the_standard_again(site: Site, database: Database) -> None:
    places = [place(f"drome-{n}", services=("Parentalité et éducation avec le numérique",)) for n in range(3)]
    await imported(database, places_to_csv(places).encode())
    async with asking(site.application()) as client:
        exported = await client.get("/api/catalogue/places.csv")
    assert read_places(exported.content).places == tuple(places)
    assert len(next(csv.reader(io.StringIO(exported.text)))) == 32


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "vide"),
        ("é".encode("latin-1"), "UTF-8"),
        (b"[]", "aucun lieu"),
        (b"{}", "pas une liste"),
        (b'[{"id": ', "abîmé"),
        (b"a,b\n1,2\n", "il y manque"),
        (b'id,nom\n"1,2\n', "guillemet"),
        (b"[" * 100_000, "lisible"),
    ],
)
def test_a_file_that_is_not_one_is_refused_with_its_reason(content: bytes, why: str) -> None:
    with pytest.raises(NotThisStandard) as refused:
        read_places(content)
    assert why in refused.value.sentence


@given(st.binary() | st.text().map(str.encode))
def test_whatever_the_bytes_nothing_else_is_raised(content: bytes) -> None:
    with contextlib.suppress(NotThisStandard):
        assert isinstance(read_places(content), PlacesFile)


async def test_an_administrator_imports_and_labels_by_page_and_a_mediator_may_not(site: Site) -> None:
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin:
        file = {"file": ("lieux.csv", places_to_csv([place()]), "text/csv")}
        page = (await admin.post("/import", files=file, data={})).text
        assert "1 créé," in page
        [space] = (await admin.get("/api/catalogue/spaces")).json()
        label = {"first_day": "2026-01-01", "last_day": "", "seats": "9"}
        done = await admin.post(f"/espaces/{space['id']}/label", data=label)
        assert done.status_code == 303
        [space] = (await admin.get("/api/catalogue/spaces")).json()
        assert (space["labelled"], space["seats"]) == (True, 9)
    async with asking(app, MEDIATOR) as mediator:
        assert (await mediator.get("/import")).status_code == 403
        put = await mediator.put(f"/api/catalogue/mediators/{MediatorId(uuid7())}", json={"name": "X"})
        assert put.status_code == 403


@pytest.mark.parametrize(
    "path", ["/", "/espaces", "/ou-demander", "/cookies", "/api/catalogue/trainings", "/api/catalogue/sessions"]
)
async def test_everybody_sees_the_catalogue(site: Site, path: str) -> None:
    async with asking(site.application()) as client:
        assert (await client.get(path)).status_code == 200


@pytest.mark.parametrize("path", ["/seances", "/seances/nouvelle", "/import", "/catalogue/etat"])
async def test_the_pages_of_staff_open_and_not_for_everybody(site: Site, path: str) -> None:
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin:
        assert (await admin.get(path)).status_code == 200
    async with asking(app) as visitor:
        assert (await visitor.get(path)).status_code == 303


def counts(**more: int) -> dict[str, int]:
    return dict.fromkeys(("created", "changed", "unchanged", "refused"), 0) | more


async def test_the_command_tries_first_then_takes_in_and_tells_line_by_line(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "lieux.json"
    file.write_text(OLD, encoding="utf-8")
    await import_file(site.runtime, [str(file), "essai"])
    tried = capsys.readouterr().out
    await import_file(site.runtime, [str(file), "liste=Drôme"])
    taken = capsys.readouterr().out
    assert tried == taken
    assert "ligne 2\trefusé\tadresse\t" in taken
    assert "La plateforme\tcréé" in taken
    assert taken.endswith("3 lieux lus, créés 2, modifiés 0, inchangés 0, refusés 1\n")
    with pytest.raises(ValueError, match="Quel fichier"):
        await import_file(site.runtime, [])


def test_progress_is_shown_to_a_person_and_not_to_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    progress(1, 2)
    assert capsys.readouterr().err == ""
    with mock.patch("sys.stderr.isatty", return_value=True):
        progress(2, 2)
    assert "2 / 2" in capsys.readouterr().err


def test_in_a_long_file_only_places_that_share_a_key_are_compared() -> None:
    """Not each with each: four and a half million times."""
    places = [*enumerate((place(f"p{n}", nom=f"Lieu {n // 2}") for n in range(3000)), start=2)]
    with mock.patch.object(doubles, "_alike", wraps=doubles._alike) as compared:
        assert [remark.line for remark in doubled(places)] == [*range(3, 3002, 2)]
    assert compared.call_count == 1500
    assert [*doubled(places[::2])] == []


def test_places_of_one_name_are_compared_with_few_of_them_each() -> None:
    """Two thousand of one name, in as many communes: each with each would be two million."""
    places = [*enumerate((place(f"p{n}", nom="Mairie", commune=f"Commune {n}") for n in range(2000)), start=2)]
    far = [(line, place.model_copy(update={"latitude": None, "longitude": None})) for line, place in places]
    with mock.patch.object(doubles, "_alike", wraps=doubles._alike) as compared:
        assert [*doubled(far)] == []
    assert compared.call_count <= 2000 * doubles.MOST_COMPARED
    assert len([*doubled([(line, place.model_copy(update={"commune": "Crest"})) for line, place in far])]) == 1999
