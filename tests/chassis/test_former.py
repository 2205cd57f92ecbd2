"""Former addresses of the API are answered until version 0.4; a page of that name is nobody's."""

from tests.actors import asking
from tests.sites import site_of

NOBODY = "018f0000-0000-7000-8000-0000000000d1"


async def test_a_former_address_of_the_api_is_answered_as_its_new_one() -> None:
    async with asking(site_of("booking").application()) as client:
        answers = [await client.get(path) for path in ("/api/files", "/api/booking/files")]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[0].headers["content-type"] == "application/problem+json"


async def test_the_address_of_another_service_is_none_of_ours() -> None:
    async with asking(site_of("booking").application()) as client:
        assert (await client.get(f"/api/prescription/beneficiaries/{NOBODY}")).status_code == 404
