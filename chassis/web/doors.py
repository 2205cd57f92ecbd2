"""Two doors: the public port shows pages and API, the other one tells those who watch how the service does."""

from dataclasses import dataclass

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

ALIVE = "/livez"
WATCHED = frozenset({"/readyz", "/statusz", "/metrics"})


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
