"""docs/access.md is what the applications answer: every route is asked by everybody."""

import pytest
from fastapi import Request

from chassis.web import Allowed
from tests.architecture.matrix import PAGE, lines, of_service
from tests.sites import SERVICES


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_03_the_matrix_of_access_is_what_every_route_answers(service: str) -> None:
    """python -m tests.architecture.matrix"""
    assert [*of_service(PAGE.read_text(encoding="utf-8"), service)] == await lines(service)


async def test_walls_03_a_wall_that_falls_is_seen_in_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: roles are checked no more."""

    async def anybody(self: Allowed, request: Request) -> None:
        del self, request

    monkeypatch.setattr(Allowed, "__call__", anybody)
    assert [*of_service(PAGE.read_text(encoding="utf-8"), "booking")] != await lines("booking")
