"""What a browser loads besides the pages is ours, is remembered for its version alone, and bears the owner's name."""

import re
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from chassis.web.look import Brand, Look, look
from county.law import COMMON
from tests.actors import asking
from tests.sites import SERVICES, site_of

STATIC = COMMON.static or Path()
SHEET = (STATIC / "pass.css").read_text(encoding="utf-8")
LINKED = re.compile(r'href="(/static/[^"]+)"')
LOGO = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


async def asked(path: str, service: str = "catalogue", **settings: Any) -> Response:
    async with asking(site_of(service, **settings).application()) as client:
        return await client.get(path)


@pytest.mark.parametrize("service", SERVICES)
async def test_the_sheet_of_this_version_is_remembered_for_a_year(service: str) -> None:
    page = await asked("/cookies", service)
    sheet = await asked(next(path for path in LINKED.findall(page.text) if path.endswith(".css")), service)
    assert (sheet.status_code, sheet.text) == (200, SHEET)
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_a_page_of_another_version_gets_todays_sheet_and_no_cache_remembers_it() -> None:
    """In the middle of an upgrade a new page may ask an old instance for its sheet, and the other way round."""
    sheet = await asked("/static/0123456789ab/pass.css")
    assert (sheet.status_code, sheet.text) == (200, SHEET)
    assert sheet.headers["cache-control"] == "no-store"


def test_the_address_changes_with_any_of_the_files() -> None:
    before = Look({"pass.css": b"a", "a.svg": b"b"})
    assert before.version == Look({"a.svg": b"b", "pass.css": b"a"}).version
    for after in ({"pass.css": b"a", "a.svg": b"c"}, {"pass.css": b"ab", "a.svg": b""}, {"pass.css": b"a"}):
        assert Look(after).version != before.version


async def test_what_the_sheet_loads_comes_from_our_own_origin() -> None:
    loaded = set(re.findall(r'url\("([^"]+)"\)', SHEET))
    assert loaded
    for name in loaded:
        answer = await asked(f"/static/1/{name}")
        assert answer.content == (STATIC / name).read_bytes()
        assert answer.headers["content-type"] == "image/svg+xml"
    assert "//" not in SHEET.replace("/*", "").replace("*/", "")


async def test_a_page_bears_the_departments_name_and_our_mark() -> None:
    page = (await asked("/cookies", department="Département du Nord")).text
    assert "<small>Département du Nord</small>" in page
    assert "/marque.svg" in page


async def test_a_page_bears_the_departments_own_mark(tmp_path: Path) -> None:
    logo = tmp_path / "nord.svg"
    logo.write_bytes(LOGO)
    page = (await asked("/cookies", logo_file=logo)).text
    assert "/marque.svg" not in page
    path = next(path for path in LINKED.findall(page) if path.endswith("/logo.svg"))
    assert (await asked(path, logo_file=logo)).content == LOGO


def test_a_logo_that_no_browser_shows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="logo"):
        look(STATIC, COMMON.mark, Brand(logo=tmp_path / "logo.ai"))
