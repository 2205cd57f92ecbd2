"""A proxy of ours between a client and a server, which stalls or cuts what goes through it when a test says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from sqlalchemy import make_url

Way = Literal["up", "down"]
"""To the server, and from it."""


class Connection:
    """One client's way to the server and back. `doomed`: it is cut instead of handing the next answer over."""

    def __init__(self, down: asyncio.StreamWriter, up: asyncio.StreamWriter) -> None:
        self.writers: dict[Way, asyncio.StreamWriter] = {"up": up, "down": down}
        self.doomed = False

    def cut(self) -> None:
        """Without a word, as a network does."""
        for writer in self.writers.values():
            writer.transport.abort()


class Proxy:
    """`seen` counts the cuts at a pattern, `held` the bytes under a stall, `passed` those handed over.

    `refused` counts the connections that were not let through.
    """

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.port = 0
        self.seen = 0
        self.refused = 0
        self.held: dict[Way, int] = {"up": 0, "down": 0}
        self.passed: dict[Way, int] = {"up": 0, "down": 0}
        self.refusing = False
        self._pattern, self._reaches = b"", False
        self._open: set[Connection] = set()
        self._flows: dict[Way, asyncio.Event] = {"up": asyncio.Event(), "down": asyncio.Event()}
        self.flow("up", "down")

    def stall(self, *ways: Way) -> None:
        """Hand nothing over in these directions; connections stay open."""
        for way in ways:
            self._flows[way].clear()

    def flow(self, *ways: Way) -> None:
        for way in ways:
            self._flows[way].set()

    def cut(self) -> None:
        """Cut all connections that are open now; new ones are let through unless it is `refusing`."""
        for connection in [*self._open]:
            connection.cut()

    def cut_at(self, pattern: bytes, *, reaches: bool) -> None:
        """Cut the next connection that sends this: before it reaches the server, or when the server has answered it."""
        self._pattern, self._reaches = pattern, reaches

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            self.refused += 1
            writer.transport.abort()
            return
        from_server, to_server = await asyncio.open_connection(*self.server)
        connection = Connection(writer, to_server)
        self._open.add(connection)
        try:
            await asyncio.gather(self._pump("up", reader, connection), self._pump("down", from_server, connection))
        finally:
            connection.cut()
            self._open.discard(connection)

    async def _pump(self, way: Way, reader: asyncio.StreamReader, connection: Connection) -> None:
        """Until one side ends; then both do."""
        try:
            while data := await reader.read(2**16):
                self.held[way] += len(data)
                await self._flows[way].wait()
                self.held[way] -= len(data)
                if not self._hands_over(way, data, connection):
                    break
                connection.writers[way].write(data)
                await connection.writers[way].drain()
                self.passed[way] += len(data)
        except OSError:
            pass
        connection.cut()

    def _hands_over(self, way: Way, data: bytes, connection: Connection) -> bool:
        if way == "down":
            return not connection.doomed
        if not self._pattern or self._pattern not in data:
            return True
        self._pattern, self.seen = b"", self.seen + 1
        connection.doomed = True
        return self._reaches


@asynccontextmanager
async def proxy_to(host: str, port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(host, port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.flow("up", "down")
        proxy.cut()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """Stand before a database, and give the address of it behind the proxy."""
    parts = make_url(url)
    async with proxy_to(parts.host or "127.0.0.1", parts.port or 5432) as proxy:
        yield proxy, parts.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
