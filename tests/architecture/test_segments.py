"""One address for all: each first segment of a path belongs to one service, so that a gateway rewrites nothing."""

from dataclasses import replace

import pytest

from county.law import COMMON
from deploy.gateway.claims import FRONT, claims, table
from deploy.gateway.routing import ANY, read, segment
from deploy.gateway.written import outdated
from tests.sites import SERVICES, routes, site_of

OF_ALL = {
    "",  # the root of one service on its own port; behind the gateway it is the catalogue's
    "static",
    "chercher",
    "livez",
    "readyz",
    "statusz",
    "metrics",
    ".well-known",
    *(link.path.removeprefix("/") for link in COMMON.foot),
}
"""What every service answers, and all of them alike."""


def test_no_two_services_claim_the_same_first_segment() -> None:
    assert {path: services for path, services in claims().items() if path not in OF_ALL and len(services) > 1} == {}


def test_what_is_of_all_is_answered_by_all() -> None:
    answered = claims()
    assert [path for path in sorted(OF_ALL) if {*answered[path]} != {*SERVICES}] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_api_of_a_service_bears_its_name(service: str) -> None:
    paths = [route.path for route in routes(site_of(service).application())]
    assert {segment(path) for path in paths if path.startswith("/api")} == {f"api/{service}"}


def test_the_gateway_s_table_and_files_are_current() -> None:
    """python -m deploy.gateway"""
    assert read() == table()
    assert outdated(table()) == []


def test_a_segment_that_the_table_lacks_is_seen() -> None:
    changed = table()
    former = replace(changed, own={**changed.own, "booking": [*changed.own["booking"], "nouvelle-adresse"]})
    assert set(outdated(former)) == {"routing.json", "Caddyfile", "nginx.conf.template"}


@pytest.mark.parametrize("service", SERVICES)
def test_each_route_of_a_service_is_its_own_or_all_s_or_closed(service: str) -> None:
    known = read()
    for route in routes(site_of(service).application()):
        wanted = {service, ANY} if route.path != "/" else {FRONT}
        assert known.service_of(route.path) in (wanted if segment(route.path) not in known.closed else {""}), route.path
