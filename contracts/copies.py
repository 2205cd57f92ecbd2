"""The copy of what is stored of a person: prescription asks, and each service answers on a restricted topic of its own.

What is answered travels sealed for that one copy (docs/decisions/0108): once its key is gone, nobody reads it any more.
Opened and put together it is a `PersonalCopy`, whose JSON Schema is `contracts/schemas/copy.json`.
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from contracts.erasure import ServiceName
from contracts.event import Event, Payload
from contracts.ids import BeneficiaryId

Fact = str | int | bool | tuple[str, ...] | None


class CopyLine(Payload):
    """One thing that is stored: in words for its person, and by the names under which it is stored.

    Times are ISO 8601 in UTC, days ISO 8601.
    """

    text: str
    facts: Mapping[str, Fact]


class CopySection(Payload):
    """Things of one kind, under a name that is the same in every copy. `none` is read when there is no line."""

    name: str
    title: str
    none: str
    lines: tuple[CopyLine, ...]


class ServiceCopy(Payload):
    """What one service stored of the person at that moment."""

    service: ServiceName
    at: AwareDatetime
    sections: tuple[CopySection, ...]


class PersonalCopy(Payload):
    """The whole copy, as it is handed to the person."""

    format: Literal["pass-numerique.copy.v1"] = "pass-numerique.copy.v1"
    name: str
    asked_at: AwareDatetime
    services: tuple[ServiceCopy, ...]


class CopyAnswered(Event):
    """A part of what one service stores, `part` of `parts`; together they are one sealed `ServiceCopy`."""

    copy_id: UUID
    beneficiary_id: BeneficiaryId
    service: ServiceName
    part: int = Field(ge=1)
    parts: int = Field(ge=1)
    sealed: str = Field(description="base64")
