"""Every number, day and moment that a route takes has bounds: a sum with it, and the database's column, exist."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, TypeAdapter, ValidationError

from chassis.bounds import Day, LocalMoment, Moment, RowNumber
from tests.inputs.awkward import flat
from tests.sites import SERVICES, routes, site_of

BOUNDED = {
    "integer": ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}),
    "number": ({"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}),
    "date": ({"formatMinimum"}, {"formatMaximum"}),
    "date-time": ({"formatMinimum"}, {"formatMaximum"}),
}


def unbounded(schema: Any, name: str) -> Iterator[str]:
    """At any depth of a JSON schema."""
    if isinstance(schema, dict):
        kind = BOUNDED.get(str(schema.get("format", schema.get("type"))), ())
        if not all(schema.keys() & either for either in kind) and "const" not in schema and "enum" not in schema:
            yield name
        for inner, of in schema.items():
            yield from unbounded(of, inner)
    if isinstance(schema, list):
        for one in schema:
            yield from unbounded(one, name)


def without_bounds(app: FastAPI) -> list[str]:
    return [
        f"{route.path} {name}"
        for route in routes(app)
        for part in flat(route.dependant)
        for one in (*part.path_params, *part.query_params, *part.body_params)
        for name in unbounded(schema_of(one), one.name)
    ]


def schema_of(one: Any) -> Any:
    """As the document says it: the bounds may stand at the parameter."""
    try:
        return TypeAdapter(Annotated[one.field_info.annotation, one.field_info]).json_schema()
    except Exception:  # noqa: BLE001 - an upload has none
        return {}


@pytest.mark.parametrize("service", SERVICES)
def test_core_05_every_number_and_date_has_bounds(service: str) -> None:
    assert without_bounds(site_of(service).application()) == []


def test_core_05_a_number_or_a_date_without_bounds_is_seen() -> None:
    """Control."""

    class Form(BaseModel):
        on: date
        seats: int

    def route(form: Form, number: int, since: Annotated[datetime, Query()]) -> None:
        del form, number, since

    app = FastAPI()
    app.add_api_route("/odd/{number}", route, methods=["POST"])
    assert without_bounds(app) == [
        "/odd/{number} number",
        "/odd/{number} since",
        "/odd/{number} on",
        "/odd/{number} seats",
    ]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Day, "0001-01-01"), (Day, "1899-12-31"), (Day, "2101-01-01"), (Moment, "9999-12-31T23:59:59-12:00"),
        (Moment, "0001-01-01T00:00:00+12:00"), (Moment, "2026-01-01T00:00:00"), (LocalMoment, "2101-01-01T00:00"),
        (RowNumber, "0"), (RowNumber, "9223372036854775808"), (RowNumber, "²"),
    ],
)  # fmt: skip
def test_core_05_what_is_out_of_bounds_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_core_05_a_moment_is_in_utc() -> None:
    assert TypeAdapter(Moment).validate_python("2026-01-01T01:30:00+01:00").isoformat() == "2026-01-01T00:30:00+00:00"
