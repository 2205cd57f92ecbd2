"""What surrounds every answer: two doors, strict headers, one correlation id, a refusal of what can't be a request.

The public port shows pages and API, the other one tells those who watch how the service does.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
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
ALIVE = "/livez"
WATCHED = frozenset({"/readyz", "/statusz", "/metrics"})


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


@dataclass
class Doors:
    """ASGI middleware. Without an internal port, what is watched is shown on one machine only (`local`)."""

    app: ASGIApp
    internal_port: int
    local: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._opens(scope["path"], (scope.get("server") or ("", 0))[1]):
            return await PlainTextResponse("404", 404)(scope, receive, send)
        return await self.app(scope, receive, send)

    def _opens(self, path: str, port: int | None) -> bool:
        """`port`: where the request came in, which no header tells."""
        if self.internal_port and port == self.internal_port:
            return path in WATCHED or path == ALIVE
        return path not in WATCHED or (self.local and not self.internal_port)


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
