import re

import httpx
import pytest
from fastapi import FastAPI

from chassis.web.principal import COOKIE, cookie_for
from tests.actors import ADMINISTRATOR, PRESCRIBER, SECRET
from tests.prescription.conftest import PERSON


def visiting(app: FastAPI, who: object = PRESCRIBER) -> httpx.AsyncClient:
    cookies = {COOKIE: cookie_for(who, SECRET)} if who else {}  # type: ignore[arg-type]
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", cookies=cookies, follow_redirects=True
    )


def hidden(page: str) -> dict[str, str]:
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', page)[-1] for name in ("csrf_token", "idempotency_key")}


async def test_a_prescriber_registers_and_prescribes_in_two_forms(app: FastAPI) -> None:
    async with visiting(app) as browser:
        form = hidden((await browser.get("/habitants/nouveau")).text)
        person = await browser.post("/habitants", data={**PERSON, **form})
        assert "Prescrire 5 heures" in person.text
        address = person.url.path
        wanted = {"need": "administrative", **hidden(person.text)}
        page = await browser.post(f"{address}/chequiers", data=wanted)
        again = await browser.post(f"{address}/chequiers", data=wanted)
        assert page.text.count("Chéquier n°") == again.text.count("Chéquier n°") == 1
        assert "5 chèques à utiliser" in page.text.replace("\n", " ")


async def test_a_typing_error_still_finds_the_person(app: FastAPI) -> None:
    async with visiting(app) as browser:
        form = hidden((await browser.get("/habitants/nouveau")).text)
        await browser.post("/habitants", data={**PERSON, **form})
        for asked in ("duboeuf", "Dubeuf jeane", "06 39 98 12 34", "+33639981234"):
            assert "Dubœuf" in (await browser.get("/", params={"q": asked})).text, asked
        assert "Personne de ce nom" in (await browser.get("/", params={"q": "Xylophone"})).text


@pytest.mark.parametrize("path", ["/", "/habitants/nouveau", "/centres", "/etat", "/connexion"])
async def test_every_page_opens(app: FastAPI, path: str) -> None:
    who = ADMINISTRATOR if path == "/centres" else PRESCRIBER
    async with visiting(app, who) as browser:
        page = await browser.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_visitor_is_sent_to_sign_in_and_a_form_without_token_is_refused(app: FastAPI) -> None:
    async with visiting(app, None) as browser:
        assert (await browser.get("/")).url.path == "/connexion"
    async with visiting(app) as browser:
        refused = await browser.post("/habitants", data={**PERSON, "idempotency_key": "k"})
        assert refused.status_code == 403
        assert "rechargez-la" in refused.text
