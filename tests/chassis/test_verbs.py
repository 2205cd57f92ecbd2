"""What HTTP itself promises: HEAD where GET is, which verbs an address has, how to sign in, whose form it is."""

import pytest
from itsdangerous import URLSafeSerializer

from tests.actors import COOKIE, MEDIATOR, SECRET, asking, cookie_for, token_for
from tests.sites import SERVICES, site_of

NOBODY = "018f0000-0000-7000-8000-000000000001"
TOO_LONG = "ouverte depuis trop longtemps"
JUNK = {"Authorization": "Bearer rubbish"}


async def test_walls_22_a_junk_token_does_not_stand_for_that_of_the_form() -> None:
    async with asking(site_of("prescription").application()) as client:
        answer = await client.post("/connexion", headers=JUNK, data={"subject": "karim"})
    assert answer.status_code == 403
    assert TOO_LONG in answer.text


@pytest.mark.parametrize("act", ["annuler", "accepter", "refuser"])
async def test_walls_22_nor_for_a_residents_who_is_led_back_to_their_page(act: str) -> None:
    async with asking(site_of("booking").application()) as client:
        answer = await client.post(f"/r/{'0' * 12}/{act}", headers=JUNK)
    assert answer.status_code == 303
    assert TOO_LONG in URLSafeSerializer(SECRET, salt="pass-numerique.said").loads(answer.cookies["pn_said"])


async def test_walls_22_a_junk_token_beside_a_signed_cookie_does_not_either() -> None:
    cookies = {COOKIE: cookie_for(MEDIATOR)}
    async with asking(site_of("booking").application()) as client:
        answer = await client.post(f"/dossiers/{NOBODY}/reprendre", headers=JUNK, cookies=cookies)
    assert answer.status_code == 403


async def test_walls_22_a_program_with_a_true_token_needs_none_of_a_form() -> None:
    headers = {"Authorization": f"Bearer {token_for(MEDIATOR)}"}
    async with asking(site_of("prescription").application()) as client:
        answer = await client.post("/gestion/formations/apercu", headers=headers)
    assert answer.status_code != 403


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_22_head_is_answered_where_get_is_and_without_a_body(service: str) -> None:
    async with asking(site_of(service).application()) as client:
        got, asked = await client.get("/cookies"), await client.head("/cookies")
    assert asked.status_code == 200
    assert asked.content == b""
    assert asked.headers["content-length"] == got.headers["content-length"] == str(len(got.content))
    assert asked.headers["content-type"] == got.headers["content-type"]


async def test_walls_22_head_of_what_is_not_there_says_so() -> None:
    async with asking(site_of("booking").application()) as client:
        answer = await client.head("/rien")
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    ("service", "path", "allowed"),
    [
        ("booking", "/cookies", "GET, HEAD"),
        ("prescription", "/centres", "GET, HEAD, POST"),
        ("prescription", f"/api/prescription/beneficiaries/{NOBODY}", "GET, HEAD, PUT"),
        ("booking", "/api/booking/bookings", "POST"),
    ],
)
async def test_walls_22_another_verb_is_answered_with_all_that_the_address_has(
    service: str, path: str, allowed: str
) -> None:
    async with asking(site_of(service).application()) as client:
        answer = await client.patch(path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


async def test_walls_22_who_is_not_signed_in_is_told_how() -> None:
    async with asking(site_of("booking").application()) as client:
        answer = await client.get("/api/booking/files")
        page = await client.get("/mediateur")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="pass-numerique"')
    assert (page.status_code, page.headers["location"]) == (303, "/connexion?retour=/mediateur")
