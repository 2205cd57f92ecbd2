"""Sign-in by a real provider, which checks what we send it: the code, who asks, and the proof of who began."""

import json
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from pydantic import SecretStr

from chassis.db import Database
from chassis.site import Site
from chassis.web.principal import LOCAL_COOKIE
from services.prescription.app import create_site
from services.prescription.settings import Oidc, Settings
from tests.actors import SECRET as SIGNS_FORMS
from tests.actors import settings_for
from tests.prescription.providing import visitor
from tests.prescription.steps import rows, scalar
from tests.prescription.test_accounts import EMAIL, invited

with warnings.catch_warnings(action="ignore"):
    from pytest_iam import Server

HERE = "http://127.0.0.1"
SECRET = "the client's secret at Canaille"


@pytest.fixture
def client(iam_server: Server) -> Any:
    """This product, as the provider knows it."""
    made = iam_server.models.Client(
        client_id="pass-numerique",
        client_secret=SECRET,
        client_name="Pass numérique",
        client_uri=HERE,
        redirect_uris=[f"{HERE}/connexion/retour"],
        post_logout_redirect_uris=[f"{HERE}/connexion"],
        grant_types=["authorization_code"],
        response_types=["code"],
        scope=["openid", "profile", "email"],
        token_endpoint_auth_method="client_secret_basic",
        id_token_signed_response_alg="RS256",
    )
    iam_server.backend.save(made)
    made.audience = [made]
    iam_server.backend.save(made)
    yield made
    iam_server.backend.delete(made)


@pytest.fixture
def nadia(iam_server: Server, client: Any) -> Any:
    user = iam_server.random_user(emails=[EMAIL])
    iam_server.login(user)
    iam_server.consent(user, client)
    yield user
    iam_server.logout()
    iam_server.backend.delete(user)


def settings(site: Site, iam_server: Server, **more: Any) -> Settings:
    known = {"client_id": "pass-numerique", "client_secret": SecretStr(SECRET), "email_verified": False}
    oidc = Oidc(issuer=iam_server.url, userinfo="plain", **(known | more))
    return settings_for(Settings, site.runtime.database.url, oidc=oidc, public_url=HERE)


@pytest.fixture
async def browser(site: Site, iam_server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(create_site(settings(site, iam_server)).application()) as made:
        yield made


async def at_the_provider(browser: httpx.AsyncClient, iam_server: Server) -> str:
    """There, and with its answer: where it sends the browser back to."""
    left = await browser.get("/connexion/fournisseur", params={"retour": "/comptes"})
    answer = iam_server.test_client.get(left.headers["location"])
    assert answer.status_code == 302, answer.text
    return str(answer.location).removeprefix(HERE)


@pytest.mark.usefixtures("nadia")
async def test_who_was_invited_signs_in_once_and_signs_out_there_too(
    browser: httpx.AsyncClient, iam_server: Server, database: Database
) -> None:
    await invited(database)
    back = await browser.get(await at_the_provider(browser, iam_server))
    assert (back.status_code, back.headers["location"]) == (303, "/comptes")
    assert (await browser.get("/comptes")).status_code == 200
    assert await rows(database, "SELECT state, subject IS NOT NULL FROM accounts") == [("active", True)]
    page = await browser.post("/deconnexion", headers={"sec-fetch-site": "same-origin"})
    farewell = page.text.split('content="0; url=')[1].split('"')[0].replace("&amp;", "&")
    assert iam_server.test_client.get(farewell).status_code == 302  # by the hint: it asks nothing more


@pytest.mark.usefixtures("nadia")
async def test_a_code_counts_once(browser: httpx.AsyncClient, iam_server: Server, database: Database) -> None:
    await invited(database)
    attempt = browser.cookies
    back = await at_the_provider(browser, iam_server)
    kept = dict(attempt)
    assert (await browser.get(back)).status_code == 303
    browser.cookies.clear()
    for name, value in kept.items():
        browser.cookies.set(name, value, domain="127.0.0.1")
    assert (await browser.get(back)).status_code == 403
    assert browser.cookies.get(LOCAL_COOKIE) is None


@pytest.mark.usefixtures("nadia")
async def test_a_code_without_the_proof_of_who_began_is_refused_by_the_provider(
    browser: httpx.AsyncClient, iam_server: Server, database: Database
) -> None:
    await invited(database)
    back = await at_the_provider(browser, iam_server)
    signer = URLSafeTimedSerializer(SIGNS_FORMS, salt="pass-numerique.pass-attempt")
    attempt = json.loads(signer.loads(browser.cookies["pass-attempt"]))
    browser.cookies.clear()
    another = signer.dumps(json.dumps({**attempt, "verifier": "v" * 43}))
    browser.cookies.set("pass-attempt", another, domain="127.0.0.1")
    assert (await browser.get(back)).status_code == 403
    assert await scalar(database, "SELECT subject FROM accounts") is None


@pytest.mark.usefixtures("nadia")
async def test_who_was_not_invited_reads_whom_to_call(browser: httpx.AsyncClient, iam_server: Server) -> None:
    answer = await browser.get(await at_the_provider(browser, iam_server))
    assert (answer.status_code, "pas encore de compte" in answer.text) == (403, True)


@pytest.mark.usefixtures("nadia")
async def test_a_wrong_secret_of_ours_signs_nobody_in(site: Site, iam_server: Server, database: Database) -> None:
    await invited(database)
    wrong = settings(site, iam_server, client_secret=SecretStr("not the one"))
    async with visitor(create_site(wrong).application()) as browser:
        assert (await browser.get(await at_the_provider(browser, iam_server))).status_code == 403
