"""HTTP as the providers speak it: connections that stay open, and two kinds of silence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from services.notifications.usecases.outgoing import Refused, Unclear

SUCCESS = range(200, 300)
CODE = re.compile(r"[A-Za-z_]{1,40}")
NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Silence(Exception):
    """No answer. `never_left`: there was no connection, so nothing was said; else it may have been understood."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)
        self.never_left = isinstance(cause, NEVER_LEFT)

    def outcome(self, provider: str) -> Refused | Unclear:
        reason = f"{provider} ne répond pas ({self})"
        return Refused("temporary", reason) if self.never_left else Unclear(reason)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def taken(self) -> bool:
        return self.status in SUCCESS

    @property
    def json(self) -> Any:  # noqa: ANN401 - what another program wrote
        """Read the body as JSON; nothing when it is not."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}

    def word(self, name: str) -> str:
        """Read a code that an error gives under that name; never a sentence, which may name the person."""
        word = str(self.json.get(name, "")) if isinstance(self.json, dict) else ""
        return word if CODE.fullmatch(word) else ""


class Line:
    """To one provider. An answer must come `within` seconds; `most` conversations at once."""

    def __init__(self, within: float, most: int) -> None:
        self.limit = aiohttp.ClientTimeout(total=2 * within, connect=within, sock_read=within)
        self.most = most
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send the address as it is: a signature may be over it. Raises Silence."""
        try:
            asking = self._open().request(method, URL(url, encoded=True), headers=headers, data=body or None)
            async with asking as answer:
                return Answer(answer.status, await answer.read())
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Silence(error) from error

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self.most),
                timeout=self.limit,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session
