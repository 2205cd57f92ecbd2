"""docs/access.md is what the services answer: every route, asked by everybody, about their own and about another's."""

import pytest

from tests.access.conftest import Worlds
from tests.access.matrix import PAGE, of_service, row
from tests.sites import SERVICES


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_03_every_route_answers_about_whose_object_it_is_as_it_declares(
    service: str, worlds: Worlds
) -> None:
    """python -m tests.access.matrix"""
    _, measuring = await worlds(service)
    lines = [line async for line in measuring.lines()]
    assert [wrong for line in lines for wrong in line.wrong()] == []
    assert [*of_service(PAGE.read_text(encoding="utf-8"), service)] == [row(line) for line in lines]
