"""What no value may hold is refused wherever it stands: in an address, a form, at any depth of a document."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from chassis.web import inputs
from services.prescription.queries.search import _as_long_as_a_code
from tests.actors import MEDIATOR, PRESCRIBER, asking
from tests.sites import site_of

ID = "018f0000-0000-7000-8000-000000000001"
DEEP = b"[" * 60_000 + b"]" * 60_000


@pytest.fixture
def app() -> FastAPI:
    """Its database is away: whatever gets past the frame is no 422."""
    return site_of("booking").application()


async def answered(app: FastAPI, body: bytes, kind: str = "application/json") -> int:
    async with asking(app, MEDIATOR) as client:
        answer = await client.post("/api/booking/bookings", content=body, headers={"Content-Type": kind})
    return answer.status_code


@pytest.mark.parametrize(
    "odd",
    [
        {"note": "a\0b"}, {"a\0b": "note"}, {"note": [{"deep": "\x1b"}]}, {"note": "\ud800"}, {"\udfff": 1},
        {"note": float("nan")}, {"note": float("-inf")}, {"note": "a" * 2001}, {"note": [1] * 10_000},
    ],
)  # fmt: skip
async def test_core_05_an_odd_value_of_a_document_is_refused(app: FastAPI, odd: dict[str, Any]) -> None:
    wish = {"session_id": ID, "beneficiary_id": ID}
    assert await answered(app, json.dumps({**wish, **odd}).encode()) == 422


async def test_core_05_a_value_that_is_not_odd_gets_past_the_frame(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control, with the guard and without it."""
    wish = {"session_id": ID, "beneficiary_id": ID}
    assert await answered(app, json.dumps({**wish, "note": "tab\t, ligne\r\n, é, 👩"}).encode()) == 503
    monkeypatch.setattr(inputs, "_check_text", lambda _: None)
    assert await answered(app, json.dumps({**wish, "note": "a\0b"}).encode()) == 503


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/problem+json"])
@pytest.mark.parametrize("body", [DEEP, b"9" * 5000, b'{"a": ' + b"9" * 5000 + b"}", b"\xff", b"{"])
async def test_core_05_a_document_that_can_not_be_read_is_refused(app: FastAPI, kind: str, body: bytes) -> None:
    assert await answered(app, body, kind) in {400, 422}


async def test_core_05_a_search_of_60_000_letters_is_refused() -> None:
    async with asking(site_of("prescription").application(), PRESCRIBER) as client:
        answer = await client.get("/guichet", params={"q": "A" * 60_000})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("typed", "code"), [("BCDF-GHJK", True), ("BCDFGHJKMNPQ", True), ("B" * 14, False), ("2" * 200, False)]
)
def test_core_05_what_is_longer_than_a_code_is_none(typed: str, *, code: bool) -> None:
    assert _as_long_as_a_code(typed) is code


@pytest.mark.parametrize("charset", ["utf-8", "undefined", "unicode_escape", "utf-7", "hex", "no-such"])
async def test_core_05_a_form_in_any_alphabet_is_read_or_refused(app: FastAPI, charset: str) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n\\ud800 +2AA-\r\n--b--\r\n'
    headers = {"Content-Type": f"multipart/form-data; boundary=b; charset={charset}"}
    async with asking(app, MEDIATOR) as client:
        answer = await client.post(f"/dossiers/{ID}/besoins", content=body, headers=headers)
    assert answer.status_code in {400, 422, 503}
