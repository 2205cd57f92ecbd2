"""What is too heavy is refused as soon as it is seen, whatever its headers promise, and with strict headers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from chassis.web import inputs
from chassis.web.inputs import LARGEST_BODY, LARGEST_DOCUMENT
from chassis.web.middleware import STRICT
from tests.actors import ADMINISTRATOR, COOKIE, asking, cookie_for, token_for
from tests.inputs.served import served
from tests.sites import site_of

PART = b" " * 2**16
FILE = {"Content-Type": "text/csv", "Authorization": f"Bearer {token_for(ADMINISTRATOR)}"}
FORM = {"Content-Type": "multipart/form-data; boundary=b", "Cookie": f"{COOKIE}={cookie_for(ADMINISTRATOR)}"}


@pytest.fixture
def app() -> FastAPI:
    return site_of("catalogue").application()


async def upload() -> AsyncIterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    async for part in parts(2 * LARGEST_BODY):
        yield part


async def parts(size: int) -> AsyncIterator[bytes]:
    """Sent in chunks: nobody knows before how many there are."""
    for _ in range(size // len(PART)):
        yield PART


def strict(answer: httpx.Response) -> bool:
    return {name: answer.headers.get(name) for name in STRICT} == STRICT


async def test_core_04_a_small_body_in_chunks_is_read(app: FastAPI) -> None:
    """The catalogue's database is away here: the file itself was read and understood as none."""
    async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/api/catalogue/places", content=parts(2**17), headers=FILE)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert "fichier" in answer.json()["detail"]


@pytest.mark.parametrize("size", [LARGEST_BODY + 2**16, 8 * LARGEST_BODY])
async def test_core_04_a_body_in_chunks_that_grows_too_large_is_a_problem(app: FastAPI, size: int) -> None:
    async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/api/catalogue/places", content=parts(size), headers=FILE)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert answer.json()["detail"].startswith("Le fichier ou le formulaire est trop lourd : 8 Mo au plus.")
    assert strict(answer)


@pytest.mark.parametrize("body", [b" " * (LARGEST_BODY + 1), upload()], ids=["length", "chunks"])
async def test_core_04_a_person_reads_on_a_page_of_ours_that_a_form_is_too_heavy(app: FastAPI, body: Any) -> None:
    async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.post("/import", content=body, headers=FORM)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "trop lourd" in answer.text
    assert "Pass numérique" in answer.text
    assert strict(answer)


class Lied:
    """An ASGI server that hands over more than the header said."""

    def __init__(self, length: str, path: str = "/api/catalogue/places", kind: str = "text/csv") -> None:
        self.sent: list[dict[str, Any]] = []
        self.left: Iterator[bytes] = iter([PART] * (2 * LARGEST_BODY // len(PART)))
        self.taken = 0
        headers = {**FILE, "Content-Type": kind, "Content-Length": length, "Host": "127.0.0.1"}
        self.scope: dict[str, Any] = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
            "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        self.taken += len(part := next(self.left, b""))
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def status(self, app: FastAPI) -> int:
        await app(self.scope, self.receive, self.send)
        return int(self.sent[0]["status"])


async def test_core_04_a_length_that_lies_is_counted_and_no_more_is_read(app: FastAPI) -> None:
    lied = Lied("10")
    assert await lied.status(app) == 413
    assert lied.taken <= LARGEST_BODY + len(PART)


@pytest.mark.parametrize("length", ["²", "1_0", "-5", "ten", "10, 10", "", " "])
async def test_core_04_a_length_that_is_no_number_is_a_refusal(app: FastAPI, length: str) -> None:
    lied = Lied("10")
    lied.scope["headers"][2] = (b"content-length", length.encode("latin-1"))
    assert await lied.status(app) == 400
    assert (b"content-type", b"application/problem+json") in lied.sent[0]["headers"]


async def test_core_04_without_the_count_everything_is_read(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control."""
    monkeypatch.setattr(inputs, "LARGEST_BODY", 2**40)
    lied = Lied("10")
    assert await lied.status(app) != 413
    assert lied.taken > LARGEST_BODY + len(PART)


@pytest.mark.parametrize(
    "path", [b"/api/catalogue/trainings?q=\xff", b"/api/catalogue/trainings\xff?q=", b"/api/train\0ings?q="]
)
async def test_core_04_an_address_that_is_no_text_is_refused(app: FastAPI, path: bytes) -> None:
    """As no client of ours would send it."""
    async with served(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 4")


async def test_core_04_small_forms_are_counted_too(app: FastAPI) -> None:
    async with asking(app, ADMINISTRATOR) as client:
        answer = await client.post("/api/catalogue/places", content=parts(LARGEST_BODY + 2**16))
    assert answer.status_code == 413


DOCUMENTS = ("/api/catalogue/sessions", "/api/catalogue/spaces/018f0000-0000-7000-8000-0000000000d1/labels")


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_core_06_a_document_is_refused_before_so_much_is_parsed_at_once(app: FastAPI, path: str) -> None:
    """By nobody in particular: it would be parsed before its sender is asked who they are."""
    lied = Lied("10", path, "application/json")
    assert await lied.status(app) == 413
    assert lied.taken <= LARGEST_DOCUMENT + len(PART)


async def test_core_06_without_that_bound_a_document_is_read_to_its_end(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control."""
    monkeypatch.setattr(inputs, "LARGEST_DOCUMENT", 2**40)
    lied = Lied("10", DOCUMENTS[0], "application/json")
    assert await lied.status(app) != 413
    assert lied.taken > LARGEST_BODY
