"""Who signs in, as what, and who reads why they can't; signing out ends it at the provider too."""

from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from chassis.web.principal import LOCAL_COOKIE
from services.prescription import usecases
from services.prescription.app import create_site
from services.prescription.settings import Settings
from tests.actors import settings_for
from tests.prescription.forging import Forger
from tests.prescription.providing import HERE, came_back, left, signed_in, visitor
from tests.prescription.steps import rows, scalar, sent
from tests.prescription.test_accounts import CREST, DIE, EMAIL, invited


async def test_who_was_invited_signs_in_by_the_verified_address_and_is_bound(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    asked = await left(browser, forger)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 32
    answer = await came_back(browser, asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/comptes")
    assert (await browser.get("/comptes")).status_code == 200
    (bound,) = await rows(database, "SELECT state, issuer, subject, seen_at IS NOT NULL, version FROM accounts")
    assert tuple(bound) == ("active", forger.address, forger.subject, True, 2)
    assert forger.asked[0]["code_verifier"]
    assert forger.asked[0]["authorization"].startswith("Basic ")


async def test_once_bound_only_the_provider_s_own_name_for_them_counts(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    forger.email = "renamed@exemple.invalid"
    assert (await signed_in(browser, forger)).status_code == 303
    forger.subject, forger.email = "another", EMAIL
    answer = await signed_in(browser, forger)
    assert (answer.status_code, "pas encore de compte" in answer.text) == (403, True)


async def test_a_session_that_was_brought_along_does_not_go_on(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    brought = browser.cookies[LOCAL_COOKIE]
    await signed_in(browser, forger)
    assert browser.cookies[LOCAL_COOKIE] != brought


@pytest.mark.parametrize(
    "back",
    [
        "https://autre.invalid/", "//autre.invalid", "/\\autre.invalid", "\\\\autre.invalid", "/\t/autre.invalid",
        "javascript:alert(1)", "http:autre.invalid", "///autre.invalid", "/\n//autre.invalid", "autre.invalid", "",
        "data:text/html,x", "https:/autre.invalid", "http://127.0.0.1@autre.invalid/",
    ],
)  # fmt: skip
async def test_nobody_is_sent_to_another_site(
    browser: httpx.AsyncClient, forger: Forger, database: Database, back: str
) -> None:
    await invited(database)
    assert (await signed_in(browser, forger, back)).headers["location"] == "/"


async def test_who_is_suspended_closed_or_unknown_reads_why_and_whom_to_call(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await reads(browser, forger, "pas encore de compte")
    made = await invited(database)
    await database.transact(lambda tx: usecases.suspend_account(tx, made.id))
    await reads(browser, forger, "suspendu")
    await database.transact(lambda tx: usecases.close_account(tx, made.id))
    await reads(browser, forger, "fermé")


async def reads(browser: httpx.AsyncClient, forger: Forger, sentence: str) -> None:
    answer = await signed_in(browser, forger)
    text = " ".join(unescape(answer.text).split())
    assert (answer.status_code, sentence in text, "04 65 71 00 00" in text) == (403, True, True)
    assert browser.cookies.get(LOCAL_COOKIE) is None


async def test_who_has_several_functions_chooses_and_changes_later(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database, EMAIL, "administrator", "prescriber", centres=(CREST, DIE))
    answer = await signed_in(browser, forger, "/guichet")
    assert answer.headers["location"] == "/connexion/fonction"
    assert browser.cookies.get(LOCAL_COOKIE) is None
    page = unescape((await browser.get("/connexion/fonction")).text)
    offered = ("Administrateur", "Centre social de Crest", "Centre social de Die")
    assert [words in page for words in offered] == [True] * 3
    choices = [part.split('"')[0] for part in page.split('name="function" value="')[1:]]
    where = "/connexion/fonction"
    answer = await sent(browser, where, where, function="administrator", back="https://autre.invalid")
    assert (answer.status_code, answer.headers["location"]) == (303, "/guichet")
    comptes = await browser.get("/comptes")
    assert (comptes.status_code, "Changer de fonction" in comptes.text) == (200, True)
    await sent(browser, where, where, function=choices[1], back="/guichet")
    assert (await browser.get("/comptes")).status_code == 403
    assert (await browser.get("/habitants/nouveau")).status_code == 200
    answer = await sent(browser, where, where, function="mediator", back="/")
    assert answer.status_code == 404


async def test_where_the_provider_is_away_a_page_says_so_and_those_signed_in_go_on(
    product: FastAPI, browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    asked = await left(browser, forger)
    forger.away = True
    for answer in (await came_back(browser, asked), await without_description(product)):
        assert (answer.status_code, "ne répond pas" in unescape(answer.text)) == (503, True)
    assert (await browser.get("/comptes")).status_code == 200


async def without_description(product: FastAPI) -> httpx.Response:
    product.state.provider._known = None
    async with visitor(product) as other:
        return await other.get("/connexion/fournisseur")


async def test_signing_out_ends_it_here_and_at_the_provider(
    browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    signed = browser.cookies[LOCAL_COOKIE]
    answer = await browser.post("/deconnexion", headers={"sec-fetch-site": "same-origin"})
    farewell = unescape(answer.text.split('content="0; url=')[1].split('"')[0])
    asked = parse_qs(urlsplit(farewell).query)
    assert farewell.startswith(f"{forger.address}/fin?")
    assert (len(asked["state"][0]) >= 32, asked["post_logout_redirect_uri"]) == (True, [f"{HERE}/connexion"])
    assert asked["id_token_hint"][0].count(".") == 2
    assert browser.cookies.get(LOCAL_COOKIE) is None
    assert await scalar(database, "SELECT count(*) FROM ended_sign_ins") == 1
    browser.cookies.set(LOCAL_COOKIE, signed, domain="127.0.0.1")
    assert (await browser.get("/comptes")).status_code == 303


async def test_without_a_provider_the_page_says_so_and_nothing_leads_there(site: Site) -> None:
    bare = create_site(settings_for(Settings, site.runtime.database.url)).application()
    async with visitor(bare) as browser:
        assert "pas encore en service" in unescape((await browser.get("/connexion")).text)
        assert (await browser.get("/connexion/fournisseur")).status_code == 404
