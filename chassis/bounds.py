"""Kinds of input with their bounds: what lies outside is refused in words before anything computes with it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

FIRST, LAST = 1900, 2100  # years
LARGEST_ID = 2**63 - 1
LONGEST_QUESTION = 200  # characters: beyond that, nobody looks for a name, a code or a training

D = TypeVar("D", bound=date)


def in_our_time(value: D) -> D:
    """Return it when sums with it, and its hour in UTC or in Paris, exist too. Raises ValueError."""
    if not FIRST <= value.year <= LAST:
        raise ValueError(f"vérifiez l'année : elle est entre {FIRST} et {LAST}")
    return value


def in_utc(value: datetime) -> datetime:
    return in_our_time(value).astimezone(UTC)


DAYS = WithJsonSchema(
    {"type": "string", "format": "date", "formatMinimum": f"{FIRST}-01-01", "formatMaximum": f"{LAST}-12-31"}
)
MOMENTS = WithJsonSchema(
    {
        "type": "string",
        "format": "date-time",
        "formatMinimum": f"{FIRST}-01-01T00:00:00Z",
        "formatMaximum": f"{LAST}-12-31T23:59:59Z",
    }
)

Day = Annotated[date, AfterValidator(in_our_time), DAYS]
Moment = Annotated[AwareDatetime, AfterValidator(in_utc), MOMENTS]
LocalMoment = Annotated[datetime, AfterValidator(in_our_time), MOMENTS]
"""With or without an offset; whoever takes it says what none means."""
RowNumber = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Question = Annotated[str, StringConstraints(max_length=LONGEST_QUESTION)]
"""What a person looks for, in words."""


@dataclass(frozen=True)
class OneOf:
    """For a field of a form: reasons are chosen, never typed, for they outlive the person's name (rule 26).

    Its refusal and its schema name what may be chosen.
    """

    reasons: Collection[str]

    def check(self, reason: str) -> str:
        if reason not in self.reasons:
            raise ValueError(f"choisissez une raison de la liste : {', '.join(self.reasons)}")
        return reason

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": [*self.reasons]}
