"""Reasons are chosen, never typed: they travel on the bus and outlive the person's name (rule 26)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class OneOf:
    """For a field of a form: its refusal and its schema name what may be chosen."""

    reasons: Collection[str]

    def check(self, reason: str) -> str:
        if reason not in self.reasons:
            raise ValueError(f"choisissez une raison de la liste : {', '.join(self.reasons)}")
        return reason

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "enum": [*self.reasons]}
