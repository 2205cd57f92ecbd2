"""What surrounds every answer: strict headers, one correlation id, and a limit to what may be sent."""

import re
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry, tracing
from contracts.ids import uuid7

CORRELATION = "X-Correlation-ID"
PLAUSIBLE = re.compile(r"[0-9A-Za-z-]{8,64}")
STRICT = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=63072000; includeSubDomains"
TOO_LARGE = "Le fichier ou le formulaire est trop lourd : {limit} Mo au plus. Rien n'a été enregistré."


@dataclass
class Surroundings:
    """ASGI middleware. `largest` is the greatest body in bytes."""

    app: ASGIApp
    largest: int
    local: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        given = headers.get(CORRELATION, "")
        correlation = given if PLAUSIBLE.fullmatch(given) else str(uuid7())
        telemetry.follow(correlation)

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), correlation)
            await send(message)

        if int(headers.get("content-length", "0") or 0) > self.largest or "transfer-encoding" in headers:
            sentence = TOO_LARGE.format(limit=self.largest // 2**20)
            return await PlainTextResponse(sentence, 413)(scope, receive, dressed)
        with tracing.request(scope, headers.get("traceparent", "")):
            return await self.app(scope, receive, dressed)

    def _dress(self, headers: MutableHeaders, correlation: str) -> None:
        for name, value in STRICT.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        headers[CORRELATION] = correlation
        if not self.local:
            headers["Strict-Transport-Security"] = HSTS
