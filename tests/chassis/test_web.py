"""What nobody should send is answered with a sentence and the right status; the demonstration stays on this machine."""

from typing import Any

import pytest
from pydantic import ValidationError

from chassis.web.local import DemonstrationIsLocal
from tests.actors import MEDIATOR, asking
from tests.sites import SERVICES, site_of

BROKEN = '{"reason": "décalé"}'.encode("latin-1")


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
async def test_a_body_that_is_not_json_in_utf_8_is_told_so(kind: str) -> None:
    async with asking(site_of("booking").application(), MEDIATOR) as client:
        answer = await client.post("/api/booking/bookings", content=BROKEN, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()["status"]) == (400, 400)


async def test_a_broken_upload_is_not_a_missing_page() -> None:
    headers = {"Content-Type": "multipart/form-data"}  # without its boundary
    async with asking(site_of("booking").application(), MEDIATOR) as client:
        answer = await client.post(
            "/reservations/018f0000-0000-7000-8000-000000000001/annuler", content=b"x", headers=headers
        )
    assert answer.status_code == 400
    assert "illisible" in answer.text


async def test_a_form_token_of_other_letters_is_refused() -> None:
    async with asking(site_of("prescription").application()) as client:
        answer = await client.post("/connexion", data={"csrf_token": "é", "subject": "karim"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "where",
    [{"host": "0.0.0.0"}, {"host": "192.168.1.4"}, {"public_url": "https://pass.example"}, {"host": "::"}],  # noqa: S104 - refused
)
@pytest.mark.parametrize("service", SERVICES)
def test_personas_without_a_password_are_refused_where_others_can_come(service: str, where: dict[str, Any]) -> None:
    with pytest.raises(DemonstrationIsLocal, match="refuse de démarrer"):
        site_of(service, **where).application()


@pytest.mark.parametrize("secrets", [{"secret": ""}, {"secret": "short"}, {"link_secret": ""}, {"link_secret": None}])
def test_a_key_that_could_be_guessed_is_refused(secrets: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="secret"):
        site_of("booking", **secrets)
