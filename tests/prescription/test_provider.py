"""What a sign-in provider says is believed only when all of it is right: each attack is refused, with a French page."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from itsdangerous import URLSafeTimedSerializer
from joserfc.jwk import RSAKey

from chassis.db import Database
from chassis.site import Site
from services.prescription import provider
from services.prescription.settings import Oidc
from tests.prescription.forging import CLIENT, Forger
from tests.prescription.providing import (
    came_back,
    left,
    refused,
    signed_in,
    visitor,
    with_provider,
)
from tests.prescription.steps import scalar
from tests.prescription.test_accounts import invited


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
    product: FastAPI, browser: httpx.AsyncClient, forger: Forger, database: Database
) -> None:
    await invited(database)
    asked = await left(browser, forger)
    async with visitor(product) as other:
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


async def test_signed_userinfo_gives_the_address_and_must_be_of_the_same_person(
    site: Site, forger: Forger, database: Database
) -> None:
    product = with_provider(
        site, forger, userinfo="signed", pkce=False, client_auth="client_secret_post", email_verified=False
    )
    await invited(database)
    async with visitor(product) as browser:
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


def test_a_provider_without_tls_is_refused_but_on_this_machine() -> None:
    with pytest.raises(ValueError, match="https://"):
        Oidc(issuer="http://connexion.drome.invalid")
    Oidc(issuer="http://127.0.0.1:5000")
