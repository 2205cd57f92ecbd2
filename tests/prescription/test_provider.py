"""What a sign-in provider says is believed only when all of it is right: each attack is refused, with a French page."""

import json
from collections.abc import AsyncIterator, Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from itsdangerous import URLSafeTimedSerializer
from joserfc.jwk import RSAKey
from pydantic import SecretStr

from chassis.db import Database
from chassis.site import Site
from chassis.web.principal import LOCAL_COOKIE
from services.prescription import provider, usecases
from services.prescription.app import create_site
from services.prescription.settings import Oidc, Settings
from tests.actors import settings_for
from tests.prescription.forging import CLIENT, Forger, forging
from tests.prescription.steps import rows, scalar, sent
from tests.prescription.test_accounts import CREST, DIE, EMAIL, invited

HERE = "http://127.0.0.1"
LONGEST_COOKIE = 4096


@pytest.fixture
def forger() -> Iterator[Forger]:
    with forging() as made:
        yield made


def with_provider(site: Site, forger: Forger, **more: Any) -> FastAPI:
    known = Oidc(issuer=forger.address, client_id=CLIENT, client_secret=SecretStr("the client's secret"), **more)
    url = site.runtime.database.url
    return create_site(settings_for(Settings, url, oidc=known, public_url=HERE)).application()


@pytest.fixture
async def app(site: Site, forger: Forger) -> FastAPI:
    return with_provider(site, forger)


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(app) as made:
        yield made


def visitor(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE)


async def left(browser: httpx.AsyncClient, forger: Forger, back: str = "/comptes") -> dict[str, str]:
    """Go to the provider: what it is asked."""
    answer = await browser.get("/connexion/fournisseur", params={"retour": back})
    assert answer.status_code == 303, answer.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    forger.nonce = asked["nonce"]
    return asked


async def came_back(browser: httpx.AsyncClient, asked: dict[str, str], **change: str) -> httpx.Response:
    return await browser.get("/connexion/retour", params={"code": "c", "state": asked["state"], **change})


async def signed_in(browser: httpx.AsyncClient, forger: Forger, back: str = "/comptes") -> httpx.Response:
    return await came_back(browser, await left(browser, forger, back))


def refused(answer: httpx.Response, browser: httpx.AsyncClient) -> bool:
    return (
        answer.status_code == 403
        and "n'a pas abouti" in unescape(answer.text)
        and not browser.cookies.get(LOCAL_COOKIE)
    )


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


@pytest.mark.parametrize(
    "change", [{"email_verified": False}, {"email_verified": None}, {"email_verified": "true"}, {"email": None}]
)
async def test_an_address_that_the_provider_does_not_vouch_for_binds_nobody(
    browser: httpx.AsyncClient, forger: Forger, database: Database, change: dict[str, Any]
) -> None:
    await invited(database)
    forger.changed = change
    answer = await signed_in(browser, forger)
    assert (answer.status_code, "pas encore de compte" in answer.text) == (403, True)
    assert await scalar(database, "SELECT subject FROM accounts") is None


ANOTHERS = RSAKey.generate_key(2048, {"kid": "today"})
ATTACKS: dict[str, Any] = {
    "nonce": {"changed": {"nonce": "of another attempt, long enough to be"}},
    "no nonce": {"changed": {"nonce": None}},
    "issuer": {"changed": {"iss": "https://autre.invalid"}},
    "audience": {"changed": {"aud": "another client"}},
    "no audience": {"changed": {"aud": None}},
    "several audiences, another asked": {"changed": {"aud": [CLIENT, "b"], "azp": "b"}},
    "over": {"changed": {"exp": 1}},
    "without an end": {"changed": {"exp": None}},
    "of the future": {"changed": {"iat": 4_000_000_000, "exp": 4_000_000_060}},
    "no subject": {"changed": {"sub": None}},
    "algorithm none": {"minted": Forger.unsigned},
    "HS256 with the public key": {"minted": Forger.by_the_public_key},
    "another's key": {
        "minted": lambda forger, claims: forger.signed(claims, RSAKey.generate_key(2048, {"kid": "today"}))
    },
    "no token": {"minted": lambda _, __: ""},
}


@pytest.mark.parametrize("attack", [*ATTACKS])
async def test_a_token_that_is_not_right_signs_nobody_in(
    browser: httpx.AsyncClient, forger: Forger, database: Database, attack: str
) -> None:
    await invited(database)
    for name, value in ATTACKS[attack].items():
        setattr(forger, name, value)
    assert refused(await signed_in(browser, forger), browser)
    assert await scalar(database, "SELECT subject FROM accounts") is None


async def test_another_state_another_browser_and_an_attempt_that_ended_sign_nobody_in(
    app: FastAPI, browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    asked = await left(browser, forger)
    async with visitor(app) as other:
        assert refused(await came_back(other, asked), other)
    assert refused(await came_back(browser, asked, state="x" * 43), browser)
    assert refused(await came_back(browser, asked), browser)
    asked = await left(browser, forger)
    assert refused(await came_back(browser, asked, iss="https://autre.invalid"), browser)
    asked = await left(browser, forger)
    assert refused(
        await browser.get("/connexion/retour", params={"state": asked["state"], "error": "access_denied"}), browser
    )


async def test_an_attempt_of_another_service_or_that_is_old_is_none(
    browser: httpx.AsyncClient, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await left(browser, forger)
    content = json.dumps({"state": asked["state"], "nonce": forger.nonce, "verifier": "v" * 43, "back": "/"})
    forged = URLSafeTimedSerializer("the secret of another service, long enough", salt="pass-numerique.pass-attempt")
    browser.cookies.clear()
    browser.cookies.set("pass-attempt", forged.dumps(content), domain="127.0.0.1")
    assert refused(await came_back(browser, asked), browser)
    browser.cookies.clear()
    asked = await left(browser, forger)
    monkeypatch.setattr("services.prescription.web.short.LASTS", -1)
    assert refused(await came_back(browser, asked), browser)


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


async def test_signed_userinfo_gives_the_address_and_must_be_of_the_same_person(
    site: Site, forger: Forger, database: Database
) -> None:
    app = with_provider(
        site, forger, userinfo="signed", pkce=False, client_auth="client_secret_post", email_verified=False
    )
    await invited(database)
    async with visitor(app) as browser:
        for wrong in ({"sub": "another"}, {"aud": "another client"}, {"iss": "https://autre.invalid"}):
            forger.userinfo = forger.signed({**forger.claims(), **wrong})
            assert refused(await signed_in(browser, forger), browser)
        forger.userinfo = forger.by_the_public_key(forger.claims())
        assert refused(await signed_in(browser, forger), browser)
        forger.userinfo = forger.signed({**forger.claims(), "email_verified": None})
        forger.changed = {"email": None}
        asked = await left(browser, forger)
        assert "code_challenge" not in asked
        assert (await came_back(browser, asked)).status_code == 303
    assert ("code_verifier" in forger.asked[-1], forger.asked[-1]["client_secret"]) == (False, "the client's secret")


async def test_a_key_that_was_changed_is_read_again(
    browser: httpx.AsyncClient, forger: Forger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    forger.key = RSAKey.generate_key(2048, {"kid": "tomorrow", "use": "sig"})
    assert (await signed_in(browser, forger)).status_code == 403  # not so soon again
    monkeypatch.setattr(provider, "SOONEST", 0)
    assert (await signed_in(browser, forger)).status_code == 303


async def test_where_the_provider_is_away_a_page_says_so_and_those_signed_in_go_on(
    app: FastAPI, browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    await signed_in(browser, forger)
    asked = await left(browser, forger)
    forger.away = True
    for answer in (await came_back(browser, asked), await without_description(app)):
        assert (answer.status_code, "ne répond pas" in unescape(answer.text)) == (503, True)
    assert (await browser.get("/comptes")).status_code == 200


async def without_description(app: FastAPI) -> httpx.Response:
    app.state.provider._known = None
    async with visitor(app) as other:
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


def test_a_provider_without_tls_is_refused_but_on_this_machine() -> None:
    with pytest.raises(ValueError, match="https://"):
        Oidc(issuer="http://connexion.drome.invalid")
    Oidc(issuer="http://127.0.0.1:5000")
