"""Four programs that answer in the services' places, and say who they are and what reached them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from deploy.gateway.wording import PARTS
from deploy.local.servers import free_ports

HEALTH = {"/readyz", "/livez"}
UNWELL = "/unwell"


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Upstream"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        received = len(self.rfile.read(length))
        names = {"service": self.server.service, "path": self.path, "method": self.command, "received": received}
        content = json.dumps({**names, "headers": self.headers.items()}).encode()
        self.send_response(503 if self.path.endswith(UNWELL) else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=5")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the standard library's names

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests read the gateway's."""


class Upstream(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, service: str, port: int) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), Answering)


@dataclass
class Upstreams:
    urls: dict[str, str]
    running: dict[str, Upstream] = field(default_factory=dict)

    def start(self, service: str) -> None:
        port = int(self.urls[service].rpartition(":")[2])
        self.running[service] = Upstream(service, port)
        threading.Thread(target=self.running[service].serve_forever, kwargs={"poll_interval": 0.05}).start()

    def stop(self, service: str) -> None:
        upstream = self.running.pop(service)
        upstream.shutdown()
        upstream.server_close()


@contextmanager
def upstreams() -> Iterator[Upstreams]:
    """All four; `urls` has a free one for the gateway, too."""
    names = (*PARTS, "gateway")
    created = Upstreams({name: f"http://127.0.0.1:{port}" for name, port in zip(names, free_ports(5), strict=True)})
    for service in PARTS:
        created.start(service)
    try:
        yield created
    finally:
        for service in [*created.running]:
            created.stop(service)
