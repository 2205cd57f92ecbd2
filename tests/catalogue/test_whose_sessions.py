"""A session is changed by whoever gives it, or whose space it is in, or by an administrator; who did it is shown."""

from html import unescape
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from chassis.web import Principal
from contracts.ids import MediatorId
from services.catalogue import usecases
from services.catalogue.model import MediatorForm, SessionForm
from services.catalogue.wording import CANCELLATIONS, CHANGES
from tests.actors import ADMINISTRATOR, MEDIATOR, OTHER_MEDIATOR, asking
from tests.catalogue.conftest import space_ids

CHANGED = "SELECT what, subject, name, fields, reason FROM session_changes WHERE session_id = :id ORDER BY id"
MAY = {"who gives it": MEDIATOR, "an administrator": ADMINISTRATOR}


@pytest.fixture
async def app(site: Site, database: Database, form: SessionForm) -> FastAPI:  # noqa: ARG001 - of which session
    """With a second mediator, who has no space yet."""
    await lucie(database)
    return site.application()


async def lucie(database: Database, *spaces: Any) -> None:
    named = MediatorForm(name="Démo Lucie", space_ids=spaces)
    me = MediatorId(OTHER_MEDIATOR.mediator_id or UUID(int=0))
    await database.transact(lambda tx: usecases.upsert_mediator(tx, me, named))


def body(form: SessionForm, **more: Any) -> dict[str, Any]:
    return form.model_copy(update=more).model_dump(mode="json")


async def put_on(app: FastAPI, who: Principal, asked: dict[str, Any]) -> httpx.Response:
    async with asking(app, who) as client:
        return await client.post("/api/catalogue/sessions", json=asked)


async def every_change(app: FastAPI, who: Principal, session: str, asked: dict[str, Any]) -> list[int]:
    """By page and by API."""
    reason, cancelled = {"reason": CHANGES[0]}, {"reason": CANCELLATIONS[0]}
    form = {**asked, "starts_at": asked["starts_at"][:16], **reason}
    async with asking(app, who) as client:
        answers = [
            await client.put(f"/api/catalogue/sessions/{session}", json={**asked, **reason}),
            await client.post(f"/seances/{session}", data=form),
            await client.post(f"/api/catalogue/sessions/{session}/cancel", json=cancelled),
            await client.post(f"/seances/{session}/annuler", data=cancelled),
        ]
    return [answer.status_code for answer in answers]


async def test_walls_05_another_mediator_changes_and_cancels_nothing(app: FastAPI, form: SessionForm) -> None:
    session = (await put_on(app, MEDIATOR, body(form))).json()["id"]
    assert await every_change(app, OTHER_MEDIATOR, session, body(form, capacity=3)) == [403] * 4


@pytest.mark.parametrize("who", MAY.values(), ids=MAY)
async def test_walls_05_who_gives_it_and_an_administrator_change_it(
    app: FastAPI, form: SessionForm, who: Principal
) -> None:
    session = (await put_on(app, who, body(form))).json()["id"]
    assert await every_change(app, who, session, body(form, capacity=3)) == [200, 303, 200, 303]


async def test_walls_05_nobody_puts_a_session_on_in_another_s_name(app: FastAPI, form: SessionForm) -> None:
    until = (form.starts_at.date()).isoformat()
    page = {**body(form), "starts_at": body(form)["starts_at"][:16]}
    week = {"week": "2026-11-30", "to_week": "2026-12-07"}
    async with asking(app, OTHER_MEDIATOR) as client:
        answers = [
            await client.post("/api/catalogue/sessions", json=body(form)),
            await client.post("/seances", data=page),
            await client.post("/seances/serie", data={**page, "until": until}),
            await client.post(f"/planning/mediateurs/{form.mediator_id}/copier", data=week),
            await client.post(f"/planning/espaces/{form.space_id}/copier", data=week),
        ]
    assert [answer.status_code for answer in answers] == [403] * 5


async def test_walls_05_nobody_gives_their_session_to_another_by_changing_it(app: FastAPI, form: SessionForm) -> None:
    session = (await put_on(app, MEDIATOR, body(form))).json()["id"]
    given = body(form, mediator_id=OTHER_MEDIATOR.mediator_id)
    async with asking(app, MEDIATOR) as client:
        answer = await client.put(f"/api/catalogue/sessions/{session}", json={**given, "reason": CHANGES[0]})
    assert answer.status_code == 403


async def test_walls_05_in_a_space_of_theirs_a_mediator_changes_what_a_colleague_gives(
    app: FastAPI, database: Database, form: SessionForm
) -> None:
    session = (await put_on(app, MEDIATOR, body(form))).json()["id"]
    await lucie(database, form.space_id)
    assert await every_change(app, OTHER_MEDIATOR, session, body(form, capacity=3)) == [200, 303, 200, 303]
    elsewhere = (await space_ids(database))["drome-2"]
    assert (await put_on(app, OTHER_MEDIATOR, body(form, space_id=elsewhere))).status_code == 403


async def test_walls_05_who_put_on_changed_and_cancelled_is_stored_and_shown(
    app: FastAPI, database: Database, form: SessionForm
) -> None:
    session = (await put_on(app, MEDIATOR, body(form))).json()["id"]
    async with asking(app, ADMINISTRATOR) as client:
        await client.put(f"/api/catalogue/sessions/{session}", json={**body(form, capacity=3), "reason": CHANGES[0]})
        await client.post(f"/api/catalogue/sessions/{session}/cancel", json={"reason": CANCELLATIONS[0]})
    async with database.reading() as reading:
        changes = [tuple(row) for row in await reading.execute(text(CHANGED), {"id": UUID(session)})]
    assert changes == [
        ("put_on", "karim", "Démo Karim", [], ""),
        ("changed", "admin", "Démo Admin", ["capacity"], CHANGES[0]),
        ("cancelled", "admin", "Démo Admin", [], CANCELLATIONS[0]),
    ]
    async with asking(app, MEDIATOR) as client:
        page = unescape((await client.get(f"/seances/{session}")).text)
    assert page.index("par Démo Karim") < page.index("par Démo Admin")
    assert CANCELLATIONS[0] in page


async def test_walls_05_the_page_offers_its_changes_to_whoever_may_make_them(app: FastAPI, form: SessionForm) -> None:
    session = (await put_on(app, MEDIATOR, body(form))).json()["id"]
    for who, offered in ((MEDIATOR, True), (ADMINISTRATOR, True), (OTHER_MEDIATOR, False)):
        async with asking(app, who) as client:
            page = unescape((await client.get(f"/seances/{session}")).text)
        assert ("Annuler la séance" in page) == offered
