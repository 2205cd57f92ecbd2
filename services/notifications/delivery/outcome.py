"""What a provider made of a notice."""

from dataclasses import dataclass
from typing import Literal

Trouble = Literal["temporary", "permanent"]


@dataclass(frozen=True)
class Sent:
    provider: str
    provider_id: str


@dataclass(frozen=True)
class Refused:
    """Temporary: worth another try. Permanent: this address or number will never work."""

    failure: Trouble
    reason: str


Outcome = Sent | Refused
