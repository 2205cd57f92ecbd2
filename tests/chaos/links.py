"""Small TCP proxies between the instances and their servers: each link can be stalled, or cut."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "stalled", "cut"]


class Side(asyncio.Protocol):
    """One end of a connection; what comes in goes to the other end, or waits until there is one."""

    def __init__(self, link: "Link", other: "Side | None" = None) -> None:
        self.link = link
        self.other = other
        self.transport: asyncio.Transport | None = None
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.link.sides.add(self)
        if self.link.state == "cut":
            transport.abort()
        elif self.link.state == "stalled":
            transport.pause_reading()
        if self.other is None:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        else:
            self.other.join(self)

    async def _connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: Side(self.link, self), "127.0.0.1", self.link.to)
        except OSError:
            self.end()

    def join(self, other: "Side") -> None:
        self.other = other
        for data in self._early:
            other.send(data)
        self._early.clear()

    def data_received(self, data: bytes) -> None:
        if self.other is None:
            self._early.append(data)
        else:
            self.other.send(data)

    def send(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.link.sides.discard(self)
        if self.other is not None:
            self.other.end()

    def end(self) -> None:
        if self.transport is not None:
            self.transport.close()

    @property
    def port(self) -> int:
        """Our own, as the server sees it."""
        return int(self.transport.get_extra_info("sockname")[1]) if self.transport else 0


@dataclass(eq=False)
class Link:
    """From `port` on loopback to the server at port `to`."""

    name: str
    port: int
    to: int
    state: State = "open"
    sides: set[Side] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Side(self), "127.0.0.1", self.port)

    def set(self, state: State) -> None:
        """Stalled: nothing passes, nothing is lost. Cut: connections are reset, new ones too."""
        self.state = state
        for side in [side for side in self.sides if side.transport is not None]:
            assert side.transport is not None
            if state == "cut":
                side.transport.abort()
            elif state == "stalled":
                side.transport.pause_reading()
            else:
                side.transport.resume_reading()

    def carries(self, port: int) -> bool:
        """Whether the server sees one of its connections under that port."""
        return any(side.port == port for side in self.sides)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.set("cut")
