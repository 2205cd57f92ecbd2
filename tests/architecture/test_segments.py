"""One address for all: each first segment of a path belongs to one service, so that a gateway rewrites nothing."""

from collections import defaultdict

import pytest

from county.law import COMMON
from tests.sites import SERVICES, routes, site_of

OF_ALL = {
    "",  # the root of one service on its own port; behind the gateway it is the catalogue's
    "static",
    "livez",
    "readyz",
    "statusz",
    "metrics",
    "connexion",
    "deconnexion",
    ".well-known",
    *(link.path.removeprefix("/") for link in COMMON.foot),
}
"""What every service answers, and all of them alike."""


def segment(path: str) -> str:
    """The first one; of the API, the first two."""
    parts = path.removeprefix("/").split("/")
    return "/".join(parts[:2]) if parts[0] == "api" else parts[0]


def claimed() -> dict[str, set[str]]:
    claims: defaultdict[str, set[str]] = defaultdict(set)
    for service in SERVICES:
        for route in routes(site_of(service).application()):
            claims[segment(route.path)].add(service)
    return dict(claims)


def test_no_two_services_claim_the_same_first_segment() -> None:
    assert {path: services for path, services in claimed().items() if path not in OF_ALL and len(services) > 1} == {}


def test_what_is_of_all_is_answered_by_all() -> None:
    claims = claimed()
    assert [path for path in sorted(OF_ALL) if claims[path] != {*SERVICES}] == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_api_of_a_service_bears_its_name(service: str) -> None:
    paths = [route.path for route in routes(site_of(service).application())]
    assert {segment(path) for path in paths if path.startswith("/api")} == {f"api/{service}"}
