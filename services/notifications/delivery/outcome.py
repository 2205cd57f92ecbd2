"""What a provider made of a message, and what it tells of it later."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

Trouble = Literal["temporary", "permanent"]


class Sent(NamedTuple):
    provider: str
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """It was surely not taken. Temporary: worth another try. Permanent: this address or number will never work."""

    failure: Trouble
    reason: str


@dataclass(frozen=True)
class Unclear:
    """It may have been taken: asked about by its reference, never simply sent again."""

    reason: str


@dataclass(frozen=True)
class Absent:
    """The provider never had it."""


Outcome = Sent | Refused | Unclear
Lookup = Sent | Absent | Unclear
