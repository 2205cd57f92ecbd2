"""Long lists: shown page by page, and rendered in turns with whatever else waits."""

import pytest
from jinja2 import DictLoader, Environment
from starlette.requests import Request

from chassis.turns import A_PAGE, A_TURN, Part, in_turns
from chassis.web.page import Pages
from tests.inputs.test_loop import Beat
from tests.sites import site_of

ROWS = [*range(2 * A_PAGE + 1)]


def test_pages_hold_each_row_once_and_say_how_many_there_are() -> None:
    parts = [Part.of(ROWS, number) for number in (1, 2, 3)]
    assert [row for part in parts for row in part.rows] == ROWS
    assert {(part.total, part.pages) for part in parts} == {(len(ROWS), 3)}
    assert all(len(part.rows) <= A_PAGE for part in parts)


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (A_PAGE, 1), (A_PAGE + 1, 2)])
def test_a_list_has_as_many_pages_as_it_needs(count: int, pages: int) -> None:
    assert Part.of([*range(count)], 1).pages == pages


def test_beyond_the_last_page_there_is_nothing() -> None:
    assert Part.of(ROWS, 4).rows == []


async def test_core_06_the_loop_turns_after_every_few_rows() -> None:
    async def work() -> list[int]:
        return [row async for row in in_turns(range(10 * A_TURN))]

    assert await Beat().during(work()) >= 10


@pytest.fixture
def pages() -> Pages:
    """A request of a page that has a thousand rows."""
    app = site_of("booking").application()
    long = DictLoader({"long.html": "{% for row in range(1000) %}<p>{{ row }}</p>{% endfor %}"})
    app.state.templates = Environment(loader=long, autoescape=True)
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "app": app}
    return Pages(Request(scope))


async def test_core_06_the_loop_turns_while_a_long_page_is_rendered(pages: Pages) -> None:
    assert await Beat().during(pages.show_long("long.html")) >= 1000 // A_TURN


async def test_core_06_rendered_at_once_nothing_else_goes_on(pages: Pages) -> None:
    """Control: and both show the same."""

    async def at_once() -> bytes:
        return bytes(pages.show("long.html").body)

    assert await Beat().during(at_once()) == 0
    assert bytes((await pages.show_long("long.html")).body) == await at_once()
