import re
from datetime import timedelta

import pytest

from chassis.db import Database
from chassis.site import Site
from services.catalogue import usecases, wording
from services.catalogue.model import SessionForm, SpaceDetails
from services.catalogue.texts import calendar_of
from tests.actors import MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE


async def test_a_mediator_puts_a_session_on_changes_it_and_cancels_it_by_pages(site: Site, form: SessionForm) -> None:
    fields = form.model_dump(mode="json")
    async with asking(site.application(), MEDIATOR) as client:
        made = await client.post("/seances", data={**fields, "idempotency_key": "1"})
        again = await client.post("/seances", data={**fields, "idempotency_key": "1"})
        assert made.headers["location"] == again.headers["location"]
        path = made.headers["location"]
        assert "Enregistrer le changement" in (await client.get(path)).text
        later = {**fields, "starts_at": (NEXT_WEEK + timedelta(hours=2)).isoformat(), "reason": wording.CHANGES[0]}
        assert (await client.post(path, data=later)).status_code == 303
        assert "Créer son adresse e-mail" in (await client.get("/formations/mail-01")).text
        assert (await client.post(f"{path}/annuler", data={"reason": wording.CANCELLATIONS[0]})).status_code == 303
        assert "Annulée" in (await client.get(path)).text


@pytest.mark.parametrize("typed", ["médiateur malade", ""])
async def test_rule_26_why_a_session_changes_is_chosen_and_never_typed(
    site: Site, form: SessionForm, typed: str
) -> None:
    fields = form.model_dump(mode="json")
    async with asking(site.application(), MEDIATOR) as client:
        made = await client.post("/seances", data={**fields, "idempotency_key": "1"})
        path = made.headers["location"]
        pages = [await client.post(path + end, data={**fields, "reason": typed}) for end in ("", "/annuler")]
        answer = await client.post(f"/api{path.replace('seances', 'sessions')}/cancel", json={"reason": typed})
        assert [response.status_code for response in (*pages, answer)] == [422, 422, 422]
        assert "trop peu de personnes inscrites" in answer.text
        assert "Annulée" not in (await client.get(path)).text


async def test_rule_13_the_room_is_shown_wherever_the_session_is(
    site: Site, database: Database, form: SessionForm
) -> None:
    rooms = SpaceDetails({}, ["Salle bleue", "Salle verte"])
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, rooms))
    named = form.model_copy(update={"room": "Salle verte"})
    session = await database.transact(lambda tx: usecases.put_on_session(tx, named, OFFICE))
    async with asking(site.application(), MEDIATOR) as client:
        for path in (
            "/formations?q=mail-01",
            "/formations/MAIL-01",
            f"/espaces/{form.space_id}",
            "/a-imprimer?q=mail-01",
            "/seances",
        ):
            assert "drome-1, Salle verte" in re.sub(r"</?a[^>]*>", "", (await client.get(path)).text), path
        assert '<option value="Salle verte" selected>' in (await client.get(f"/seances/{session.id}")).text
        assert (await client.get("/api/catalogue/sessions")).json()[0]["place"]["room"] == "Salle verte"
    session.taken = 1
    written = calendar_of("Planning", [session], "https://exemple.fr").decode().replace("\r\n ", "")
    assert "Salle verte" in written
    assert "1 inscrit sur 8 places" in written


async def test_a_refusal_says_why_on_the_page_and_in_the_api(site: Site, form: SessionForm) -> None:
    fields = form.model_dump(mode="json") | {"capacity": 99}
    async with asking(site.application(), MEDIATOR) as client:
        page = await client.post("/seances", data={**fields, "idempotency_key": "1"})
        answer = await client.post("/api/catalogue/sessions", json=fields)
    assert (page.status_code, answer.status_code) == (409, 409)
    assert "12 places assises" in page.text
    assert answer.json()["title"] == "more than the seats"
