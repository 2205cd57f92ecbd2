"""Somebody who asks any route of a service as its pages or a program would, whatever the values are."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx
from fastapi import FastAPI

from chassis.web import Principal, csrf
from tests.actors import ADMINISTRATOR, COOKIE, MEDIATOR, PRESCRIBER, SECRET, cookie_for
from tests.inputs.awkward import Filled, Known, Route, address, document, encoded, multipart
from tests.outside import SECRET as PROVIDERS_SECRET

ROLES = {"administrator": ADMINISTRATOR, "prescriber": PRESCRIBER, "mediator": MEDIATOR}
FORM_COOKIE = "f" * 32
SIGNED = ("/api/notifications/receipts/sms", "/api/notifications/answers/sms", "/api/notifications/receipts/mail")
URLENCODED, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"


@dataclass
class Asker:
    """`known`: ids that are there, by the name of the value that means them. `key` signs what a provider would."""

    app: FastAPI
    client: httpx.AsyncClient
    known: Known
    key: str = PROVIDERS_SECRET

    @classmethod
    def of(cls, app: FastAPI, known: Known) -> "Asker":
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return cls(app, httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1"), known)

    async def ask(
        self, route: Route, given: Filled, who: Principal | None, *, as_file: str = "", more: str = ""
    ) -> httpx.Response:
        """`as_file`: the field that is sent as a file; `more` is appended to a form."""
        subject = who.subject if who else ""
        token = hmac.digest(SECRET.encode(), f"{FORM_COOKIE}|{subject}".encode(), "sha256").hex()
        kind, content = self._content(route, given, token, as_file)
        content += more.encode()
        session = f"{COOKIE}={cookie_for(who)}; " if who else ""
        headers = {
            "Content-Type": kind,
            "Cookie": f"{session}{csrf.COOKIE}={FORM_COOKIE}",
            "X-CSRF-Token": token,
            "Origin": "http://127.0.0.1",
            "Idempotency-Key": str(uuid4()),
            **(signed(content, self.key) if route.path in SIGNED else {}),
            **({"Authorization": f"Bearer {self.key}"} if "brevo" in route.path else {}),
        }
        return await self.client.request(route.method, address(route, given), headers=headers, content=content)

    def _content(self, route: Route, given: Filled, token: str, as_file: str) -> tuple[str, bytes]:
        if route.path.startswith("/api/"):
            return JSON, document(route, given) if route.method != "GET" else b""
        if route.method == "GET":
            return "text/plain", b""
        fields = {"csrf_token": token, "idempotency_key": str(uuid4()), **given.form}
        if as_file or route.upload:
            return MULTIPART, multipart(fields, as_file or route.upload)
        return URLENCODED, encoded(fields).encode()


def signed(content: bytes, key: str) -> dict[str, str]:
    at = str(int(time.time()))
    digest = hmac.new(key.encode(), at.encode() + b"." + content, hashlib.sha256).hexdigest()
    return {"X-Timestamp": at, "X-Signature": digest}
