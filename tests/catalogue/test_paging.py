"""Pages of the public API: nothing is lost or doubled while sessions begin, move and are cancelled."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import chain
from urllib.parse import quote

import httpx
import pytest

from chassis.db import Database
from chassis.site import Site
from chassis.turns import A_PAGE
from contracts.ids import MediatorId, SpaceId, uuid7
from services.catalogue import usecases
from services.catalogue.model import LabelForm, MediatorForm, Session, SessionForm
from services.catalogue.standards import places_to_csv, read_places
from tests.catalogue.conftest import NEXT_WEEK, OFFICE, TODAY, place, space_ids
from tests.catalogue.planning import get
from tests.statements import overheard


def following(answer: httpx.Response) -> str:
    link: str = answer.headers.get("link", "")
    return link.partition(">")[0].removeprefix("<")


@pytest.fixture
async def seven(database: Database, form: SessionForm) -> list[Session]:
    """Hour by hour; the last two begin together."""
    other, there = MediatorId(uuid7()), (await space_ids(database))["drome-2"]
    await database.transact(lambda tx: usecases.upsert_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    await database.transact(lambda tx: usecases.label_space(tx, there, LabelForm(first_day=TODAY, seats=12)))
    forms = [form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=hour)}) for hour in range(6)]
    forms.append(forms[-1].model_copy(update={"mediator_id": other, "space_id": SpaceId(there)}))
    return [await database.transact(lambda tx, form=form: usecases.put_on_session(tx, form, OFFICE)) for form in forms]  # type: ignore[misc]


async def test_no_session_is_lost_when_one_that_was_read_is_cancelled(
    site: Site, database: Database, seven: list[Session]
) -> None:
    path, seen = "/api/catalogue/sessions?limit=2", []
    while path:
        answer = await get(site, path)
        seen += [session["id"] for session in answer.json()]
        path = following(answer)
        if len(seen) == 2:
            await database.transact(lambda tx: usecases.cancel_session(tx, seven[0].id, "erreur de saisie", OFFICE))
    assert sorted(seen) == sorted(str(session.id) for session in seven)


@pytest.mark.usefixtures("form")
@pytest.mark.parametrize("path", ["/api/catalogue/trainings", "/api/catalogue/spaces", "/api/catalogue/sessions"])
async def test_an_empty_answer_is_no_question(site: Site, path: str) -> None:
    empty = await get(site, f"{path}?page=&since=&after=&limit=1")
    assert empty.status_code == 200
    assert "since" not in following(empty)
    assert (await get(site, f"{path}?page=&limit=")).status_code == 200


@pytest.mark.usefixtures("form")
async def test_what_changed_is_read_on_by_its_link_and_an_empty_filter_is_none(site: Site) -> None:
    since = quote((datetime.now(UTC) - timedelta(minutes=5)).isoformat())
    first = await get(site, f"/api/catalogue/trainings?since={since}&limit=2&theme=")
    assert "page=" not in following(first)
    second = await get(site, following(first))
    ids = [session["id"] for session in (*first.json(), *second.json())]
    assert len({*ids}) == 4


async def test_a_service_is_only_in_a_structure_that_is_told_too(
    site: Site, database: Database, form: SessionForm
) -> None:
    await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    assert len((await get(site, "/api/catalogue/data-inclusion/services.json")).json()) == 1
    await database.transact(lambda tx: usecases.close_space(tx, form.space_id, closed=True))
    assert (await get(site, "/api/catalogue/data-inclusion/services.json")).json() == []


SPACES = 2 * A_PAGE + 7


@pytest.fixture
async def many(database: Database) -> dict[str, SpaceId]:
    """From the south to the north, all of them south of Crest."""
    south, step = 44.6, 0.001
    places = [place(f"drome-{n:03}", nom=f"Lieu {n:03}", latitude=south + n * step) for n in range(SPACES)]
    reading = read_places(places_to_csv(places).encode())
    await database.transact(lambda tx: usecases.import_places(tx, reading, trial=False))
    return await space_ids(database)


async def spaces_shown(site: Site, path: str) -> list[list[str]]:
    """The names on each page, from the first to the last."""
    pages: list[list[str]] = []
    while path:
        answer = await get(site, path)
        assert answer.status_code == 200
        assert f"{SPACES} espaces, page {len(pages) + 1} sur 3." in answer.text
        pages.append(re.findall(r"Lieu \d{3}(?=</a></h2>)", answer.text))
        further = re.search(r'href="([^"]+)" rel="next"', answer.text)
        path = unescape(further[1]) if further else ""
    return pages


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("asked", ["", "?q=lieu+crest", "?commune=crest"])
async def test_core_06_spaces_are_shown_page_by_page_each_once(site: Site, asked: str) -> None:
    pages = await spaces_shown(site, f"/espaces{asked}")
    assert [len(page) for page in pages] == [A_PAGE, A_PAGE, 7]
    assert sorted([*chain(*pages)]) == [f"Lieu {n:03}" for n in range(SPACES)]


@pytest.mark.usefixtures("many")
async def test_core_06_the_nearest_spaces_are_on_the_first_page(site: Site) -> None:
    pages = await spaces_shown(site, "/espaces?commune=crest")
    assert pages[0][0] == f"Lieu {SPACES - 1:03}"
    assert [*chain(*pages)] == sorted([*chain(*pages)], reverse=True)


@pytest.mark.usefixtures("many")
async def test_core_06_a_list_of_spaces_reads_no_more_than_its_page(site: Site, database: Database) -> None:
    with overheard(database) as statements:
        answer = await get(site, f"/api/catalogue/spaces?limit=10&page={SPACES // 10 + 1}")
    assert [space["name"] for space in answer.json()] == [f"Lieu {n:03}" for n in range(SPACES - SPACES % 10, SPACES)]
    whole = [values for statement, values in statements if "spaces.rooms" in statement]
    assert [len(values[0]) for values in whole] == [SPACES % 10]
