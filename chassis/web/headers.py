"""What surrounds every answer: strict headers, one correlation id, and a refusal of what can't be a request."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import telemetry, tracing
from chassis.refusal import Refusal
from chassis.web import inputs
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


@dataclass
class SecurityHeaders:
    """ASGI middleware. `refused` makes an answer of a refusal. HEAD is answered as GET is, without the body."""

    app: ASGIApp
    refused: Callable[[Request, Exception], Awaitable[Response]]
    local: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        given = headers.get(CORRELATION, "")
        correlation = given if PLAUSIBLE.fullmatch(given) else str(uuid7())
        telemetry.set_correlation(correlation)

        head = scope["method"] == "HEAD"
        scope = {**scope, "method": "GET"} if head else scope

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), correlation, local=self.local)
            await send({**message, "body": b""} if head and "body" in message else message)

        try:
            check(scope, headers)
        except Refusal as refusal:
            answer = await self.refused(Request({**scope, "query_string": b""}), refusal)
            return await answer(scope, receive, dressed)
        with tracing.request(scope, headers.get("traceparent", "")):
            return await self.app(scope, inputs.counted(receive, scope), dressed)


def check(scope: Scope, headers: Headers) -> None:
    """Raises NoLength, TooLarge, NoAddress: before anything is read."""
    inputs.check_length(headers.get("content-length"))
    try:
        URL(scope=scope)
    except UnicodeDecodeError as error:
        raise inputs.NoAddress from error


def dress(headers: MutableHeaders, correlation: str, *, local: bool) -> None:
    for name, value in STRICT.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    headers[CORRELATION] = correlation
    if not local:
        headers["Strict-Transport-Security"] = HSTS
