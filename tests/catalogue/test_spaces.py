"""Spaces put right by hand, missed by their list, doubled, closed."""

from datetime import timedelta

import pytest

from chassis.db import Database
from chassis.site import Site
from services.catalogue import queries, usecases
from services.catalogue.model import SessionForm
from services.catalogue.model.refusals import LabelNotValid
from services.catalogue.standards import Place, places_to_csv, read_places
from tests.actors import ADMINISTRATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, first_space, place
from tests.catalogue.planning import published_types

CORRECTED = {
    "nom": "Espace du Pont",
    "adresse": "3 quai des Marronniers",
    "code_postal": "26400",
    "commune": "Crest",
    "telephone": "04 65 71 00 09",
    "horaires": "Mo-Fr 09:00-12:00",
    "itinerance": "Fixe",
    "rooms": "Salle bleue\nSalle verte",
}


def file_of(*places: Place) -> bytes:
    return places_to_csv(places).encode()


async def take(database: Database, content: bytes, whole: str = "", *, trial: bool = False) -> usecases.ImportResult:
    reading = await usecases.compare(database, read_places(content))
    return await database.transact(lambda tx: usecases.import_places(tx, reading, trial=trial, list_name=whole))


async def test_what_a_person_corrects_survives_the_next_file_and_is_exported(site: Site, database: Database) -> None:
    await take(database, file_of(place()))
    space = await first_space(database)
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(f"/espaces/{space}/corriger", data=CORRECTED)).status_code == 303
        page = (await admin.get(f"/espaces/{space}")).text
        again = await take(database, file_of(place(presentation_resume="Nouveau dans le fichier")))
        exported = (await admin.get("/api/catalogue/places.csv")).text
        round_trip = await take(database, exported.encode())
    for shown in ("Espace du Pont", "3 quai des Marronniers", "du lundi au vendredi", "Salle bleue", "fixe"):
        assert shown in page
    assert again.counts["changed"] == 1
    assert again.lines[0].fields == ("presentation_resume",)
    assert "3 quai des Marronniers" in exported
    assert "Nouveau dans le fichier" in exported
    assert round_trip.counts["unchanged"] == 1


async def test_a_place_that_its_list_no_longer_has_is_marked_and_comes_back(database: Database) -> None:
    await take(database, file_of(place("a"), place("b")), "drome")
    await take(database, file_of(place("c")))  # from elsewhere: no list speaks for it
    assert (await take(database, file_of(place("a")), "drome", trial=True)).counts["missing"] == 1
    assert await missing(database) == set()
    assert (await take(database, file_of(place("a")), "drome")).counts["missing"] == 1
    assert await missing(database) == {"b"}
    assert "space.closed.v1" not in await published_types(database)
    await take(database, file_of(place("a"), place("b")), "drome")
    assert await missing(database) == set()


async def test_a_place_that_we_have_under_another_id_is_told_with_its_line(database: Database) -> None:
    await take(database, file_of(place("a", nom="Fablab du Diois", pivot="43493312300029")))
    renamed = place("x", nom="FABLAB DU DIOIS", adresse="9 rue X")
    same_siret = place("y", nom="Un autre nom", pivot="43493312300029", adresse="9 rue Y")
    elsewhere = place("z", nom="Fablab du Diois", commune="Nyons", code_insee="26220", code_postal="26110",
                      latitude=44.36, longitude=5.14)  # fmt: skip
    done = await take(database, file_of(renamed, same_siret, elsewhere), trial=True)
    sentences = {remark.line: remark.sentence for remark in done.remarks if "déjà dans notre liste" in remark.sentence}
    assert {line: sentence.rpartition(" : ")[2] for line, sentence in sentences.items()} == {
        2: "même nom, même commune.",
        3: "même SIRET, même endroit.",
    }


async def test_a_closed_space_hosts_nothing_new_and_its_sessions_stay(
    site: Site, database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    async with asking(site.application(), ADMINISTRATOR) as admin:
        await admin.post(f"/espaces/{form.space_id}/fermer")
        assert "drome-1" not in (await admin.get("/espaces")).text
        later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
        with pytest.raises(LabelNotValid):
            await database.transact(lambda tx: usecases.put_on_session(tx, later, OFFICE))
        assert (await admin.get(f"/seances/{session.id}")).status_code == 200
        await admin.post(f"/espaces/{form.space_id}/rouvrir")
        assert "drome-1" in (await admin.get("/espaces")).text
    kinds = [kind for kind in await published_types(database) if kind.startswith("space.")]
    assert kinds[-2:] == ["space.closed.v1", "space.listed.v1"]


async def missing(database: Database) -> set[str]:
    async with database.reading() as reading:
        return {space.source_id for space in await queries.all_spaces(reading) if space.missing_since}
