from datetime import timedelta

import pytest

from chassis.site import Site
from services.catalogue import wording
from services.catalogue.model import SessionForm
from tests.actors import MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK


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
        assert [one.status_code for one in (*pages, answer)] == [422, 422, 422]
        assert "trop peu de personnes inscrites" in answer.text
        assert "Annulée" not in (await client.get(path)).text


async def test_a_refusal_says_why_on_the_page_and_in_the_api(site: Site, form: SessionForm) -> None:
    fields = form.model_dump(mode="json") | {"capacity": 99}
    async with asking(site.application(), MEDIATOR) as client:
        page = await client.post("/seances", data={**fields, "idempotency_key": "1"})
        answer = await client.post("/api/sessions", json=fields)
    assert (page.status_code, answer.status_code) == (409, 409)
    assert "12 places assises" in page.text
    assert answer.json()["title"] == "more than the seats"
