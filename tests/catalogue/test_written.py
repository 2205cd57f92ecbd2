"""A space written by hand: nothing is lost on the way, a place may be added, and what it leaves behind is listed."""

import re
from html import unescape

import httpx
import pytest

from chassis.db import Database
from chassis.site import Site
from services.catalogue import queries, usecases
from services.catalogue.model import MediatorForm, SessionForm, Space
from services.catalogue.standards import Place, places_to_csv, read_places
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, first_space, place

FULL = place(
    courriels=("accueil@exemple.fr", "direction@exemple.fr"),
    site_web=("https://exemple.fr", "https://autre.exemple.fr/a"),
    itinerance=("Itinérant", "Fixe"),
    telephone="+33465710009",
    presentation_resume="Une première ligne.\nUne deuxième ligne.",
    horaires="Mo-Fr 09:00-12:00",
)
ADDED = {
    "nom": "Médiathèque de Die",
    "adresse": "2 place de la République",
    "code_postal": "26150",
    "commune": "die",
    "seats": "8",
}


async def take(database: Database, *places: Place, whole: str = "") -> None:
    await take_bytes(database, places_to_csv(places).encode(), whole)


async def take_bytes(database: Database, content: bytes, whole: str) -> None:
    reading = read_places(content, elsewhere=True)
    await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False, list_name=whole))


async def spaces(database: Database) -> dict[str, Space]:
    async with database.reading() as reading:
        return {space.source_id: space for space in await queries.all_spaces(reading)}


def sent(page: str) -> list[tuple[str, str]]:
    """What a browser sends of the form of a page, untouched."""
    form = page.partition("/corriger")[2].partition("</form>")[0]
    inputs = re.findall(r'<input(?![^>]*checkbox)[^>]*name="(\w+)"[^>]*value="([^"]*)"', form)
    checked = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]*)" checked', form)
    areas = re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>([^<]*)</textarea>', form)
    fields = [(name, unescape(value).replace("\n", "\r\n")) for name, value in inputs + checked + areas]
    return [(name, value) for name, value in fields if name not in {"csrf_token", "idempotency_key"}]


async def post(client: httpx.AsyncClient, path: str, fields: list[tuple[str, str]], **more: str) -> httpx.Response:
    remaining = [(name, value) for name, value in fields if name not in more]
    data: dict[str, list[str]] = {}
    for name, value in [*remaining, *more.items()]:
        data.setdefault(name, []).append(value)
    return await client.post(path, data=data)


async def test_correcting_one_field_leaves_the_others_to_the_file(site: Site, database: Database) -> None:
    await take(database, FULL)
    path = f"/espaces/{await first_space(database)}/corriger"
    async with asking(site.application(), ADMINISTRATOR) as admin:
        fields = sent((await admin.get(path)).text)
        assert (await post(admin, path, fields)).status_code == 303
        [untouched] = (await spaces(database)).values()
        assert (untouched.corrections, untouched.version) == ({}, 1)
        assert (await post(admin, path, fields, adresse="3 quai des Marronniers", seats="9")).status_code == 303
    [space] = (await spaces(database)).values()
    assert (space.corrections, space.seats) == ({"adresse": "3 quai des Marronniers"}, 9)
    assert space.standard == FULL.model_copy(update={"adresse": "3 quai des Marronniers"})


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("nom", "   ", "nom"),
        ("adresse", "\r\n", "adresse"),
        ("code_postal", "  ", "code_postal"),
        ("commune", "", "commune"),
        ("commune", "Marseille", "n&#39;existe pas"),
        ("latitude", "", "une latitude et une longitude"),
        ("longitude", "à l'est", "nombre"),
        ("courriels", "accueil@exemple.fr\r\npas une adresse", "e-mail"),
        ("courriels", "pas une adresse", "e-mail"),
        ("seats", "beaucoup", "nombre"),
        ("code_postal", "2640", "cinq chiffres"),
        ("telephone", "12", "téléphone"),
        ("horaires", "le matin", "Mo-Fr"),
    ],
)
async def test_a_value_that_cannot_be_is_refused_with_its_reason(
    site: Site, database: Database, field: str, value: str, why: str
) -> None:
    await take(database, FULL)
    path = f"/espaces/{await first_space(database)}/corriger"
    async with asking(site.application(), ADMINISTRATOR) as admin:
        refused = await post(admin, path, sent((await admin.get(path)).text), **{field: value})
    assert refused.status_code == 422
    assert why in refused.text


async def test_a_place_moves_as_a_whole_and_leaves_its_old_position_behind(site: Site, database: Database) -> None:
    await take(database, FULL)
    path = f"/espaces/{await first_space(database)}/corriger"
    async with asking(site.application(), ADMINISTRATOR) as admin:
        fields = sent((await admin.get(path)).text)
        await post(admin, path, fields, adresse="1 rue Camille-Buffardel", code_postal="26150", commune="die")
    [space] = (await spaces(database)).values()
    assert (space.commune, space.commune_insee) == ("Die", "26113")
    assert (space.where.latitude, space.where.longitude) == (None, None)
    assert space.latitude == pytest.approx(44.75, abs=0.05)  # that of the commune


async def test_a_place_elsewhere_is_corrected_too(site: Site, database: Database) -> None:
    await take(database, place(commune="Privas", code_postal="07000", code_insee="07186"))
    path = f"/espaces/{await first_space(database)}/corriger"
    async with asking(site.application(), ADMINISTRATOR) as admin:
        fields = sent((await admin.get(path)).text)
        assert (await post(admin, path, fields, telephone="04 65 71 00 09")).status_code == 303
    [space] = (await spaces(database)).values()
    assert space.corrections == {"telephone": "+33465710009"}


async def test_a_place_that_no_file_has_is_added_by_page_once(site: Site, database: Database) -> None:
    app = site.application()
    async with asking(app, MEDIATOR) as mediator:
        assert (await mediator.post("/gestion/espaces", data={**ADDED, "idempotency_key": "1"})).status_code == 403
    async with asking(app, ADMINISTRATOR) as admin:
        assert (await admin.get("/gestion/espaces/nouveau")).status_code == 200
        made = [await admin.post("/gestion/espaces", data={**ADDED, "idempotency_key": "1"}) for _ in range(2)]
        page = (await admin.get(made[0].headers["location"])).text
        exported = (await admin.get("/api/catalogue/places.csv")).content
    [space] = (await spaces(database)).values()
    assert (space.name, space.commune, space.commune_insee, space.seats) == ("Médiathèque de Die", "Die", "26113", 8)
    assert space.standard.source == "saisi ici"
    assert "2 place de la République" in page
    assert read_places(exported).places == (space.standard,)


async def test_a_line_that_is_refused_does_not_make_its_place_missing(database: Database) -> None:
    await take(database, place("a"), place("b"), whole="drome")
    cut = places_to_csv([place("a"), place("b"), place("c")]).replace("1 rue de la Démonstration", "", 1)
    await take_bytes(database, cut.encode(), "drome")
    assert [source_id for source_id, space in (await spaces(database)).items() if space.missing_since] == []


async def test_sessions_of_a_closed_space_and_of_a_mediator_who_leaves_are_listed_for_someone_to_take_over(
    site: Site, database: Database, form: SessionForm
) -> None:
    await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    app = site.application()
    async with asking(app, ADMINISTRATOR) as admin, asking(app, MEDIATOR) as mediator:
        assert "Aucune séance n&#39;est à reprendre" in (await admin.get("/seances/a-reprendre")).text
        closed = await admin.post(f"/espaces/{form.space_id}/fermer")
        assert closed.headers["location"] == "/seances/a-reprendre"
        for client in (admin, mediator):
            assert "drome-1 (fermé)" in (await client.get("/seances/a-reprendre")).text
            assert "1 séance à reprendre" in (await client.get("/seances")).text
        await admin.post(f"/espaces/{form.space_id}/rouvrir")
        assert "à reprendre</a>" not in (await admin.get("/seances")).text
    gone = MediatorForm(name="Démo Karim", left_on=NEXT_WEEK.date())
    await database.transact(lambda tx: usecases.upsert_mediator(tx, form.mediator_id, gone))
    async with database.reading() as reading:
        left = await queries.sessions_left_behind(reading, database.clock.now())
    assert [session.mediator_id for session in left] == [form.mediator_id]


async def test_the_form_of_a_session_offers_rooms_and_spaces_that_are_labelled_later(
    site: Site, database: Database, form: SessionForm
) -> None:
    await take(database, place("drome-3"))
    later = {"first_day": (NEXT_WEEK.date()).isoformat(), "last_day": "", "seats": "6"}
    known = await spaces(database)
    async with asking(site.application(), ADMINISTRATOR) as admin:
        await admin.post(f"/espaces/{known['drome-3'].id}/label", data=later)
        path = f"/espaces/{form.space_id}/corriger"
        await post(admin, path, sent((await admin.get(path)).text), rooms="Salle bleue\r\nSalle verte")
        page = (await admin.get("/seances/nouvelle")).text
    assert f'value="{known["drome-3"].id}"' in page
    assert f'value="{known["drome-2"].id}"' not in page
    assert '<option value="Salle bleue">' in page
