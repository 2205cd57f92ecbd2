"""What an unknown sends to a webhook is not read before its signature: neither as JSON, nor as a form."""

import json
from typing import Any

import pytest
from starlette.requests import Request

from tests.actors import asking
from tests.notifications.receipts import signed
from tests.outside import SECRET
from tests.sites import site_of

SMS = [
    {"name": kind, "kind": kind, "url": "http://127.0.0.1:1", "token": SECRET, "secret": SECRET}
    for kind in ("gateway", "brevo", "ovh")
]
POSTED = (
    "/api/notifications/receipts/sms",
    "/api/notifications/answers/sms",
    "/api/notifications/receipts/brevo/brevo",
    "/api/notifications/receipts/mail",
)
BODIES = {"application/json": b"[" * 100_000, "application/x-www-form-urlencoded": b"a=1&" * 10_000}


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was read of bodies."""
    seen: list[str] = []
    loads, form = json.loads, Request.form

    def loading(text: Any, **more: Any) -> Any:
        seen.append("json")
        return loads(text, **more)

    def reading(request: Any, **more: Any) -> Any:
        seen.append("form")
        return form(request, **more)

    monkeypatch.setattr(json, "loads", loading)
    monkeypatch.setattr(Request, "form", reading)
    return seen


@pytest.mark.parametrize("kind", BODIES)
@pytest.mark.parametrize("path", POSTED)
async def test_walls_22_a_body_is_not_parsed_before_its_signature(path: str, kind: str, parsed: list[str]) -> None:
    async with asking(site_of("notifications", sms=SMS, mail_secret=SECRET).application()) as client:
        answer = await client.post(path, content=BODIES[kind], headers={"Content-Type": kind})
    assert (answer.status_code, parsed) == (401, [])
    assert answer.headers["www-authenticate"] == 'Signature realm="pass-numerique"'


@pytest.mark.parametrize("body", [b"[{}]", b"{", b'{"reference": 1}', b'"x"'])
async def test_walls_22_signed_rubbish_is_refused_with_its_fields(body: bytes) -> None:
    async with asking(site_of("notifications", sms=SMS).application()) as client:
        answer = await client.post("/api/notifications/receipts/sms", content=body, headers=signed(body))
    assert answer.status_code in {400, 422}
