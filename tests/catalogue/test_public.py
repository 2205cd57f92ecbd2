"""What the public sees: filters, distances, seats, a page for the printer, data for machines; and partners' copies."""

import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.booking import SessionFilled
from services.catalogue import consumers, usecases
from services.catalogue.model import SessionForm
from services.catalogue.trainings import read_trainings
from services.catalogue.web.trainings import commune_of
from tests.catalogue.conftest import NEXT_WEEK, OFFICE
from tests.catalogue.planning import get


async def shown(site: Site, query: str) -> set[str]:
    """The codes on the page."""
    return {*re.findall(r'<h3><a href="/formations/([A-Z0-9-]+)"', (await get(site, f"/?{query}")).text)}


@pytest.fixture
async def session(database: Database, form: SessionForm):  # type: ignore[no-untyped-def]  # noqa: ANN201 - a session
    return await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("26108", "Crest"),
        ("26400", "Crest"),
        ("crest", "Crest"),
        ("st paul trois chateaux", "Saint-Paul-Trois-Châteaux"),
        ("valence", "Valence"),
        ("romans", "Romans-sur-Isère"),
    ],
)
def test_a_commune_is_understood_as_people_type_it(typed: str, name: str) -> None:
    commune = commune_of(typed)
    assert commune
    assert commune.name == name


@pytest.mark.usefixtures("session")
async def test_a_card_says_when_where_how_long_what_to_bring_and_that_a_book_is_asked_at_a_centre(site: Site) -> None:
    page = (await get(site, "/?q=adresse+mail&commune=die")).text
    assert "0 formation" in page  # Crest is 28 km away, the distance asked for is 20
    page = (await get(site, "/?q=adresse+mail&commune=die&km=50")).text
    card = page.partition('<h3><a href="/formations/MAIL-01"')[2].partition("<h3>")[0]
    for fact in ("1 heure", "À apporter", "Espace numérique drome-1", "Crest", " km", "8 places libres"):
        assert fact in card
    assert "demandez-le dans un centre" in page


async def test_filters_by_theme_level_audience_distance_and_free_seats(
    site: Site, database: Database, session: object
) -> None:
    assert "AGRI-01" in await shown(site, "theme=agriculture&audience=farmer")
    assert "AGRI-01" not in await shown(site, "audience=young&q=pac")
    assert await shown(site, "level=" + quote("débutant") + "&seats=true") == {"MAIL-01"}
    assert await shown(site, "commune=crest&km=5") == {"MAIL-01"}
    assert await shown(site, "commune=nyons&km=5") == set()
    full = SessionFilled(session_id=session.id, version=1, taken=7, offered=1, waiting=2)  # type: ignore[attr-defined]
    await database.transact(lambda tx: consumers.on_booking(tx, [full]))
    assert await shown(site, "seats=true") == set()
    assert "Complet" in (await get(site, "/?q=MAIL-01")).text


async def test_an_unknown_commune_is_said_and_a_wrong_filter_is_no_fault_of_the_server(site: Site) -> None:
    assert "pas dans la Drôme" in (await get(site, "/?commune=Marseille")).text
    assert (await get(site, "/?theme=cuisine")).status_code == 422
    assert (await get(site, "/?q=%25%27%3B--")).status_code == 200
    assert (await get(site, "/?theme=&level=&audience=&commune=")).status_code == 200


@pytest.mark.usefixtures("form")
async def test_the_list_is_paged_and_printed_as_a_whole(site: Site) -> None:
    first, second = await shown(site, "page=1"), await shown(site, "page=2")
    assert (len(first), len(second), first & second) == (20, 20, set())
    paper = (await get(site, "/a-imprimer?theme=agriculture")).text
    farming = [training for training in read_trainings() if "agriculture" in training.themes]
    assert all(training.title.replace("'", "&#39;") in paper for training in farming)
    assert len(farming) > 20


@pytest.mark.usefixtures("session")
async def test_machines_read_course_event_and_place(site: Site, form: SessionForm) -> None:
    page = (await get(site, "/formations/MAIL-01")).text
    course = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)[0])
    [event] = course["hasCourseInstance"]
    assert (course["@type"], course["courseCode"], course["isAccessibleForFree"]) == ("Course", "MAIL-01", True)
    assert event["@type"] == ["CourseInstance", "EducationEvent"]
    assert event["location"]["address"]["addressLocality"] == "Crest"
    assert datetime.fromisoformat(event["startDate"]) == NEXT_WEEK
    assert 'property="og:title" content="Créer son adresse e-mail"' in page
    place = (await get(site, f"/espaces/{form.space_id}")).text
    assert '"@type": "Place"' in place


@pytest.mark.usefixtures("form")
async def test_an_answer_asked_again_is_not_sent_again(site: Site) -> None:
    for path in (
        "/api/catalogue/trainings",
        "/api/catalogue/spaces",
        "/api/catalogue/sessions",
        "/api/catalogue/places.csv",
    ):
        first = await get(site, path)
        again = await get(site, path, **{"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        other = await get(site, path, **{"If-None-Match": '"another"'})
        assert other.status_code == 200


@pytest.mark.usefixtures("form")
async def test_pages_of_the_api_follow_their_links_to_the_end(site: Site) -> None:
    path, codes = "/api/catalogue/trainings?limit=50", []
    while path:
        answer = await get(site, path)
        codes += [training["code"] for training in answer.json()]
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert codes == sorted(training.code for training in read_trainings())


async def test_a_partner_reads_what_changed_since_a_moment_the_withdrawn_included(
    site: Site, database: Database, form: SessionForm
) -> None:
    before = quote((datetime.now(UTC) - timedelta(minutes=5)).isoformat())
    path, seen = f"/api/catalogue/trainings?limit=40&since={before}", []
    while path:
        answer = await get(site, path)
        seen += answer.json()
        path = answer.headers.get("link", "").partition(">")[0].removeprefix("<")
    assert sorted(training["code"] for training in seen) == sorted(training.code for training in read_trainings())
    since = quote(max(training["changed_at"] for training in seen))
    await database.transact(lambda tx: usecases.withdraw_training(tx, "MAIL-02", "Démo"))
    made = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    await database.transact(lambda tx: usecases.cancel_session(tx, made.id, "malade", OFFICE))
    changed = (await get(site, f"/api/catalogue/trainings?since={since}")).json()
    assert ("MAIL-02", "withdrawn") in {(training["code"], training["state"]) for training in changed}
    [gone] = (await get(site, f"/api/catalogue/sessions?since={since}")).json()
    assert (gone["state"], gone["reason"]) == ("cancelled", "malade")
    assert (await get(site, "/api/catalogue/sessions")).json() == []


async def test_the_api_is_described(site: Site) -> None:
    described = (await get(site, "/api/catalogue/openapi.json")).json()["paths"]
    assert {
        "/api/catalogue/trainings",
        "/api/catalogue/spaces",
        "/api/catalogue/sessions",
        "/api/catalogue/data-inclusion/services.json",
    } <= {*described}
    asked = {parameter["name"] for parameter in described["/api/catalogue/trainings"]["get"]["parameters"]}
    assert {"q", "theme", "commune", "km", "since", "limit", "page"} <= asked
