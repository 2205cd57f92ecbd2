"""Addresses of the API as they were before each service had its own under `/api/<service>/`.

They are answered until version 0.4, for clients and providers that still have them, and for the version before, which
runs beside this one while a county upgrades. The gateway does not know them.
"""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

API = "/api/"


@dataclass
class FormerAddresses:
    """ASGI middleware: what is asked under `/api/` without the service's name is asked of the service."""

    app: ASGIApp
    service: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            path, ours = scope["path"], f"{API}{self.service}/"
            if path.startswith(API) and not path.startswith(ours):
                path = ours + path.removeprefix(API)
                scope = {**scope, "path": path, "raw_path": path.encode()}
        await self.app(scope, receive, send)
