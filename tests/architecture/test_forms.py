"""What a browser sends is text: a form that chooses among numbers would refuse every one of its own choices."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import pytest
from fastapi import FastAPI, Form, params
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, TypeAdapter

from tests.sites import SERVICES, routes, site_of


def chosen(schema: Any) -> Iterator[Any]:
    """All values that are compared and not read, at any depth of a JSON schema."""
    if isinstance(schema, dict):
        yield from schema.get("enum", ())
        if "const" in schema:
            yield schema["const"]
        yield from chosen(list(schema.values()))
    if isinstance(schema, list):
        for one in schema:
            yield from chosen(one)


def told_as_text(dependant: Dependant) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and schema of each part that comes from a form or an address."""
    for one in [*dependant.body_params, *dependant.query_params]:
        text = isinstance(one.field_info, params.Form | params.Query) and not isinstance(one.field_info, params.File)
        if text and (kind := one.field_info.annotation):
            yield one.name, TypeAdapter(kind).json_schema()


def never_text(app: FastAPI) -> list[str]:
    return [
        f"{route.path} {name}"
        for route in routes(app)
        for name, schema in told_as_text(route.dependant)
        if not all(isinstance(value, str) for value in chosen(schema))
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_choice_of_a_form_is_text(service: str) -> None:
    assert never_text(site_of(service).application()) == []


def test_a_choice_among_numbers_is_seen() -> None:
    class Rhythm(BaseModel):
        every: Literal[1, 2] = 1

    def series(form: Annotated[Rhythm, Form()], far: Literal[10, 20] = 10) -> None:
        del form, far

    app = FastAPI()
    app.add_api_route("/series", series, methods=["POST"])
    assert never_text(app) == ["/series form", "/series far"]
