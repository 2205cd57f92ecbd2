"""What a gateway does with a request: whose it is, what it believes, what it limits, what it logs."""

import re
import socket
import ssl
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import trustme

from chassis.web.inputs import LARGEST_BODY
from chassis.web.middleware import CORRELATION, HSTS, PLAUSIBLE, STRICT
from deploy.gateway import routing
from deploy.local import gateway
from deploy.local.processes import Children
from tests.gateway.conftest import STARTS, Gateway, placed
from tests.gateway.upstreams import upstreams
from tests.sites import SERVICES, routes, site_of
from tests.waiting import until_now

TABLE = routing.read()
LINE = {"correlation", "service", "segment", "status", "duration", "size", "request"}
NAMED = "nginx"
"""It cannot be told to say nothing of itself; the version is left out."""
CLOSED = ("/livez", "/readyz", "/statusz", "/metrics")
SECRETS = (
    "/r/ABCD-EFGH-JKLM",
    "/stop/abcdefghijklmnop",
    "/agenda/mediateurs/018f0000/hushhush.ics",
    "/api/notifications/receipts/ovh/ovh/hushhush",
    "/guichet?q=Vernet",
)


def reached(answer: httpx.Response) -> dict[str, Any]:
    """What the service says that reached it."""
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def headers_of(answer: httpx.Response) -> dict[str, list[str]]:
    """The headers that reached the service."""
    found: dict[str, list[str]] = {}
    for name, value in reached(answer)["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def raw(front: Gateway, target: str) -> str:
    """The answer's first line to a target that no client of ours would send."""
    address = httpx.URL(front.upstreams.urls["gateway"])
    with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return connection.makefile("rb").readline().decode()


@pytest.mark.parametrize("service", SERVICES)
def test_each_route_reaches_its_service_as_it_was_asked(front: Gateway, service: str) -> None:
    paths = {re.sub(r"\{.*?\}", "a-b", route.path) for route in routes(site_of(service).application())}
    for path in sorted(paths - {"/"}):
        if routing.segment(path) in TABLE.closed:
            continue
        told = reached(front.client.post(f"{path}?q=1", content=b"12345"))
        assert (told["path"], told["received"]) == (f"{path}?q=1", 5)
        assert told["service"] == service or TABLE.service_of(path) == routing.ANY


def test_the_root_is_the_catalogue_s(front: Gateway) -> None:
    assert reached(front.client.get("/"))["service"] == "catalogue"
    assert reached(front.client.get("/?q=wifi"))["service"] == "catalogue"


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("written", ["{}", "{}/", "/{}", "/.{}", "{}?a=1", "/guichet/..{}", "/%6cx/..{}", "{}%2f"])
def test_nobody_outside_reaches_the_doors_of_those_who_watch(front: Gateway, path: str, written: str) -> None:
    status = raw(front, written.format(path)).split()[1]
    assert status in {"301", "308", "400", "404"}, status


def test_what_is_nobody_s_is_passed_on_to_nobody(front: Gateway) -> None:
    page, problem = front.client.get("/wp-admin/setup.php"), front.client.post("/api/sessions")
    assert (page.status_code, problem.status_code) == (404, 404)
    assert "Page introuvable" in page.text
    assert problem.headers["content-type"].startswith("application/problem+json")
    assert problem.json()["status"] == 404
    assert front.client.get("/guichets").status_code == 404
    assert front.client.get("/api/bookings").status_code == 404


def test_the_address_and_the_scheme_are_the_gateway_s_own_whatever_a_client_claims(front: Gateway) -> None:
    claimed = {
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=192.0.2.1;proto=https",
        "X-Real-IP": "192.0.2.1",
    }
    headers = headers_of(front.client.get("/guichet", headers=claimed))
    assert headers["x-forwarded-for"] == ["127.0.0.1"]
    assert headers["x-forwarded-proto"] == ["http"]
    assert headers["host"] == [httpx.URL(front.upstreams.urls["gateway"]).netloc.decode()]
    assert "forwarded" not in headers
    assert "x-real-ip" not in headers


def test_the_correlation_id_of_the_client_is_passed_on_and_logged(front: Gateway) -> None:
    given = str(uuid4())
    answer = front.client.get("/dossiers/1", headers={CORRELATION: given})
    assert headers_of(answer)["x-correlation-id"] == [given]
    assert front.logged(given)["service"] == "booking"


@pytest.mark.parametrize("given", [[], ["short"], ["a" * 65], ["Jeanne Vernet 1951"]])
def test_the_gateway_makes_a_correlation_id_where_none_could_be_one(front: Gateway, given: list[str]) -> None:
    answer = front.client.get("/dossiers/1", headers=[(CORRELATION, value) for value in given])
    [made] = headers_of(answer)["x-correlation-id"]
    assert PLAUSIBLE.fullmatch(made)
    assert made not in given
    assert front.logged(made)["status"] == 200


def test_of_two_correlation_ids_one_is_passed_on(front: Gateway) -> None:
    answer = front.client.get("/dossiers/1", headers=[(CORRELATION, "abcdefgh-1"), (CORRELATION, "abcdefgh-2")])
    [passed] = headers_of(answer)["x-correlation-id"]
    assert PLAUSIBLE.fullmatch(passed)


def test_one_line_a_request_says_what_was_asked_of_whom(front: Gateway) -> None:
    given = str(uuid4())
    front.client.post("/seances/abc?q=1", headers={CORRELATION: given}, content=b"x")
    line = front.logged(given)
    assert line.keys() >= LINE
    assert (line["service"], line["segment"], line["status"]) == ("catalogue", "seances", 200)
    assert line["request"]["method"] == "POST"


@pytest.mark.parametrize("path", SECRETS)
def test_no_secret_and_no_name_is_in_the_log(front: Gateway, path: str) -> None:
    given, held = str(uuid4()), {"Cookie": "pn_session=hushhush", "Authorization": "Bearer hushhush"}
    referred = {"Referer": "http://127.0.0.1/r/ABCD-EFGH-JKLM", "User-Agent": "Vernet"}
    front.client.get(path, headers={CORRELATION: given, **held, **referred})
    front.logged(given)
    for secret in ("ABCD", "abcdefghij", "hushhush", "Vernet"):
        assert secret not in front.child.written


def test_the_log_of_these_tests_would_show_a_path(tmp_path: Path) -> None:
    """The control: without the filter."""
    open_log = tmp_path / "Caddyfile"
    text = (gateway.FILES / "Caddyfile").read_text(encoding="utf-8")
    open_log.write_text(text.replace("request>uri delete\n", ""), encoding="utf-8")
    with upstreams() as behind, closing(Children()) as children:
        child = gateway.start(children, tmp_path, behind.urls, open_log)
        child.wait_for(gateway.SERVES)
        httpx.get(behind.urls["gateway"] + "/r/ABCD-EFGH-JKLM", trust_env=False)
        until_now(lambda: "ABCD-EFGH-JKLM" in child.written, "the path is in the log")


def test_the_largest_file_passes_and_nothing_larger(front: Gateway) -> None:
    assert reached(front.client.post("/import", content=b"x" * LARGEST_BODY))["received"] == LARGEST_BODY
    page = front.client.post("/import", content=b"x" * (LARGEST_BODY + 1))
    problem = front.client.post("/api/catalogue/places", content=b"x" * (LARGEST_BODY + 1))
    assert (page.status_code, problem.status_code) == (413, 413)
    assert "trop lourd" in page.text
    assert problem.json()["title"] == "C'est trop lourd"


def test_headers_have_a_bound(front: Gateway) -> None:
    answer = front.client.get("/guichet", headers={"X-Long": "x" * 30_000})
    assert answer.status_code in {400, 431}


def test_the_gateway_s_own_answers_are_as_strict_as_the_services(front: Gateway) -> None:
    given = str(uuid4())
    for answer in (
        front.client.get("/livez", headers={CORRELATION: given}),
        front.client.get("/api/nothing", headers={CORRELATION: given}),
    ):
        assert {name: answer.headers[name] for name in STRICT} == STRICT
        assert answer.headers[CORRELATION] == given
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers.get("server", NAMED) == NAMED
        assert not {"via", "strict-transport-security"} & answer.headers.keys()


def test_what_a_service_says_of_its_own_answer_stays(front: Gateway) -> None:
    answer = front.client.get("/guichet")
    assert answer.headers["cache-control"] == "max-age=5"
    assert answer.headers.get("server", NAMED) == NAMED


def test_a_service_s_own_unavailability_is_its_own_page(front: Gateway) -> None:
    answer = front.client.get("/guichet/unwell")
    assert answer.status_code == 503
    assert answer.json()["service"] == "prescription"


@pytest.mark.parametrize("kind", STARTS)
def test_by_tls_the_scheme_is_told_to_the_service_and_asked_of_the_browser_for_two_years(kind: str) -> None:
    authority = trustme.CA()
    with placed() as (folder, children, behind):
        certificate = folder / "cert.pem", folder / "key.pem"
        issued = authority.issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(certificate[0])
        issued.private_key_pem.write_to_path(certificate[1])
        STARTS[kind](children, folder, behind.urls, certificate)
        trusted = ssl.create_default_context()
        authority.configure_trust(trusted)
        url = behind.urls["gateway"].replace("http:", "https:")
        with httpx.Client(base_url=url, verify=trusted, trust_env=False) as client:
            assert headers_of(client.get("/guichet"))["x-forwarded-proto"] == ["https"]
            assert client.get("/livez").headers["strict-transport-security"] == HSTS
