"""With an endpoint, requests and batches are told to it in OTLP; without one, nothing is."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.servers import ROOT

PROGRAM = """
from types import SimpleNamespace
from opentelemetry import trace
from chassis import telemetry, tracing
tracing.configure("booking")
scope = {"method": "GET", "path": "/r/secret-code", "route": SimpleNamespace(path="/r/{code}")}
with tracing.request(scope, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"):
    said = telemetry.traceparent()
print(said)
with tracing.batch("booking.events", ["", said]):
    print(telemetry.traceparent())
trace.get_tracer_provider().shutdown() if hasattr(trace.get_tracer_provider(), "shutdown") else None
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Its address, and what it was sent."""
    heard: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path.encode() + self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()


def run(**environment: str) -> list[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, env=env, check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return ended.stdout.splitlines()


def test_one_trace_goes_from_the_request_through_the_batch(collector: tuple[str, list[bytes]]) -> None:
    url, heard = collector
    said, applied = run(OTEL_EXPORTER_OTLP_ENDPOINT=url)
    assert said.split("-")[1] == applied.split("-")[1] == "0af7651916cd43dd8448eb211c80319c"
    assert said.split("-")[2] != applied.split("-")[2]
    told = b"".join(heard)
    assert told.startswith(b"/v1/traces")
    for name in (b"pass-booking", b"GET /r/{code}", b"apply booking.events"):
        assert name in told
    assert b"secret-code" not in told


def test_without_an_endpoint_nothing_is_told_and_the_callers_trace_goes_on(collector: tuple[str, list[bytes]]) -> None:
    said, applied = run()
    assert said == applied == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert collector[1] == []
