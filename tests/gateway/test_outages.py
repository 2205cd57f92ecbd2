"""A service that does not answer: the others do, and a page says so."""

import json
from html import unescape
from uuid import uuid4

import httpx
import pytest

from chassis.web.middleware import CORRELATION, STRICT
from deploy.gateway import routing
from deploy.gateway.wording import PARTS
from deploy.local import gateway
from deploy.local.servers import free_ports
from tests.gateway import caddy
from tests.gateway.conftest import Gateway, placed
from tests.waiting import until_now

TABLE = routing.read()


def test_a_service_that_is_stopped_gets_a_french_page_and_the_others_answer(failing: Gateway) -> None:
    failing.upstreams.stop("booking")
    given = str(uuid4())
    answer = failing.client.get("/r/ABCD-EFGH", headers={CORRELATION: given, "Range": "bytes=0-3"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert {name: answer.headers[name] for name in STRICT} == STRICT
    assert "Cette partie du site ne répond pas" in answer.text
    links = [part.path for service, part in PARTS.items() if f'href="{part.path}"' in answer.text.split("<main")[1]]
    assert sorted(links) == sorted(part.path for service, part in PARTS.items() if service != "booking")
    for service, part in PARTS.items():
        if service != "booking":
            assert failing.client.get(part.path).json()["service"] == service
    assert failing.logged(given)["status"] == 503
    assert "ABCD" not in failing.child.written


def test_software_gets_a_problem_and_a_form_is_told_to_look_first(failing: Gateway) -> None:
    failing.upstreams.stop("notifications")
    problem = failing.client.post("/api/notifications/receipts/ovh/ovh/hushhush", content=b"{}")
    assert (problem.status_code, problem.headers["retry-after"]) == (503, "30")
    assert problem.headers["content-type"].startswith("application/problem+json")
    assert problem.json()["status"] == 503
    sent = failing.client.post("/messages/1/fait", data={"a": "b"})
    assert "Regardez d'abord" in unescape(sent.text)
    assert failing.client.head("/messages").status_code == 503
    assert "hushhush" not in failing.child.written


def test_a_service_that_comes_back_is_asked_again(failing: Gateway) -> None:
    failing.upstreams.stop("catalogue")
    assert failing.client.get("/").status_code == 503
    failing.upstreams.start("catalogue")
    until_now(lambda: failing.client.get("/").status_code == 200, "the catalogue is asked again")


def test_what_all_answer_is_answered_while_one_of_them_is_up(failing: Gateway) -> None:
    *stopped, last = PARTS
    for service in stopped:
        failing.upstreams.stop(service)
        assert failing.client.get("/cookies").status_code == 200
    assert failing.client.get("/static/x/pass.css").json()["service"] == last
    failing.upstreams.stop(last)
    nobody = failing.client.get("/cookies")
    assert nobody.status_code == 503
    assert "Le site ne répond pas" in nobody.text
    assert "Ce qui marche toujours" not in nobody.text


@pytest.mark.parametrize("service", PARTS)
def test_the_page_leads_nowhere_that_is_down(service: str) -> None:
    assert {TABLE.service_of(part.path) for name, part in PARTS.items() if name != service} == {*PARTS} - {service}


def test_of_two_instances_the_other_is_asked_when_the_first_has_gone() -> None:
    """Its health is not looked at again in between: the request itself goes on to the other."""
    with placed() as (folder, children, behind):
        gone, there = f"127.0.0.1:{free_ports(1)[0]}", behind.urls["booking"].removeprefix("http://")
        env = gateway.environment(folder, behind.urls) | {"GATEWAY_BOOKING": f"{gone} {there}"}
        caddy.serving(caddy.told(children, folder, env))
        with httpx.Client(base_url=behind.urls["gateway"], trust_env=False) as client:
            answers = [client.post("/dossiers/1", content=b"12345") for _ in range(8)]
        assert [answer.json()["received"] for answer in answers] == [5] * 8


def test_the_file_is_one_that_caddy_takes_when_it_is_told_nothing() -> None:
    told = json.loads(caddy.adapted())
    [server] = told["apps"]["http"]["servers"].values()
    assert server["listen"] == ["0.0.0.0:8080", "[::]:8080"]
    assert '"dial": "booking:8000"' in json.dumps(told)
    assert '"dial": "b:2"' in json.dumps(json.loads(caddy.adapted(GATEWAY_BOOKING="a:1 b:2")))
