"""Pages ask prescription now and then for a cookie that says that somebody is at work."""

from datetime import UTC, datetime, timedelta

import httpx
from fastapi import FastAPI

from chassis.db import Database
from chassis.web import Principal
from chassis.web.tokens import RENEWED_AFTER, Signer, begun
from services.prescription import usecases
from services.prescription.model import AccountForm
from tests.actors import COOKIE, PRESCRIBER, PRIVATE_KEY, asking
from tests.prescription.steps import visiting

PATH = "/connexion/prolonger"


async def test_who_has_a_cookie_gets_one_that_is_as_long_and_seen_now(app: FastAPI) -> None:
    now = datetime.now(UTC)
    token = begun(PRESCRIBER, now - timedelta(hours=1))
    cookies = {COOKIE: Signer(PRIVATE_KEY).sign(token, "pages")}
    async with asking(app) as client:
        renewed = (await client.get(PATH, cookies=cookies)).cookies[COOKIE]
    read = app.state.frame.tokens.read(renewed, "pages")
    assert (read.sign_in_id, read.ends_at, read.issued_at) == (token.sign_in_id, token.ends_at, token.issued_at)
    assert read.seen_at >= now


async def test_a_bearer_token_opens_no_pages_that_way(app: FastAPI) -> None:
    async with asking(app, PRESCRIBER) as client:
        answer = await client.get(PATH)
    assert answer.status_code == 204
    assert COOKIE not in answer.cookies


async def test_nobody_gets_nothing(app: FastAPI) -> None:
    async with asking(app) as client:
        assert COOKIE not in (await client.get(PATH)).cookies


async def test_a_page_asks_when_it_was_not_heard_of_for_minutes(app: FastAPI) -> None:
    for age, asks in ((RENEWED_AFTER * 2, True), (timedelta(0), False)):
        token = begun(PRESCRIBER, datetime.now(UTC) - age)
        async with asking(app) as client:
            page = await client.get("/cookies", cookies={COOKIE: Signer(PRIVATE_KEY).sign(token, "pages")})
        assert (f'src="{PATH}"' in page.text) is asks


async def test_a_sign_in_that_clocks_do_not_end_is_not_stale(app: FastAPI) -> None:
    """Control: what other tests sign in with."""
    async with visiting(app) as browser:
        assert PATH not in (await browser.get("/cookies")).text


async def test_who_has_several_functions_takes_none_of_them_with_a_programs_token(
    app: FastAPI, database: Database
) -> None:
    """It would be a cookie for pages, of somebody who has never signed in."""
    form = AccountForm(name="Démo Agathe", email="agathe@exemple.invalid", roles=frozenset({"administrator"}))
    account = await database.transact(lambda tx: usecases.invite(tx, form))
    await database.transact(lambda tx: usecases.recognise(tx, "https://provider", "agathe", form.email))
    who = Principal(subject=str(account.id), name="Démo Agathe", roles=frozenset({"prescriber"}))
    answers = []
    for audience in ("api", "pages"):
        signed = Signer(PRIVATE_KEY).sign(begun(who, datetime.now(UTC)), audience)
        how = {"headers": {"Authorization": f"Bearer {signed}"}} if audience == "api" else {"cookies": {COOKIE: signed}}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", **how) as client:  # type: ignore[arg-type]
            answers.append((await client.get("/connexion/fonction")).status_code)
    assert answers == [404, 200]
