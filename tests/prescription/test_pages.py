"""The prescriber's desk as people meet it: every page opens, and a refusal names its fields."""

import pytest
from fastapi import FastAPI

from chassis.web import Principal
from tests.actors import ADMINISTRATOR, PRESCRIBER
from tests.prescription.steps import TYPED, registered, sent, visiting

PAGES = (
    "/guichet",
    "/habitants/nouveau",
    "/a-relancer",
    "/pilotage",
    "/prescription/etat",
    "/connexion",
    "/habitants/decision-demandee",
)
ADMIN_PAGES = ("/guichet", "/centres", "/doublons", "/effacements", "/pilotage?par=epci", "/a-relancer")


@pytest.mark.parametrize(
    ("who", "path"), [*((PRESCRIBER, path) for path in PAGES), *((ADMINISTRATOR, path) for path in ADMIN_PAGES)]
)
async def test_every_page_opens(app: FastAPI, who: Principal, path: str) -> None:
    async with visiting(app, who) as browser:
        page = await browser.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_visitor_is_sent_to_sign_in_and_a_form_without_token_is_refused(app: FastAPI) -> None:
    async with visiting(app, None) as browser:
        assert (await browser.get("/guichet")).url.path == "/connexion"
    async with visiting(app) as browser:
        refused = await browser.post("/habitants", data={**TYPED, "idempotency_key": "k"})
        assert refused.status_code == 403
        assert "rechargez-la" in refused.text


async def test_a_refused_form_names_its_fields_in_french(app: FastAPI) -> None:
    person = await registered(app)
    centre = {"name": "Centre social", "kind": "social_centre", "commune_insee": "07019", "phone": "06 12"}
    merging = {"kept_id": person, "merged_id": person, "reason": "   "}
    async with visiting(app, ADMINISTRATOR) as browser:
        spaces = await sent(browser, f"/habitants/{person}", f"/habitants/{person}/ouvrir", why="   ")
        assert (spaces.status_code, "Raison : à remplir" in spaces.text) == (422, True)
        assert "Raison : à remplir" in (await sent(browser, "/doublons", "/doublons/reunir", **merging)).text
        text = (await sent(browser, "/centres", "/centres", **centre)).text
        assert ("Commune : choisissez" in text, "Téléphone : ce numéro" in text) == (True, True)
        assert (await browser.get("/pilotage?depuis=")).status_code == 200
        assert (await browser.get("/pilotage?depuis=0000-01")).status_code == 422
