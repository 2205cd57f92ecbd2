"""Of whom something was, once nobody may know it any more: a digest that only who has the secret can make again.

Names and birth dates can be guessed, one by one, by whoever has an unkeyed digest; so the secret is in no database.
"""

import hmac
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.names import name_key
from services.prescription.settings import Settings

PURPOSE = b"pass-numerique.erased."


@dataclass(frozen=True)
class Digests:
    """`secret` serves this purpose alone, and outlives every backup."""

    secret: bytes = field(repr=False)

    @classmethod
    def keyed(cls, settings: Settings) -> Self:
        return cls(settings.erasure_secret.get_secret_value().encode())

    def of_id(self, beneficiary_id: UUID) -> bytes:
        return self._of(b"id", str(beneficiary_id))

    def of_name(self, person: Beneficiary) -> bytes:
        """Of their name, as it is folded today, and their birth date; twins that were declared distinct differ."""
        key = name_key(person.first_name, person.last_name)
        return self._of(b"name", f"{key} {person.birth_date.isoformat()} {person.twin}")

    def _of(self, kind: bytes, text: str) -> bytes:
        return hmac.digest(self.secret, PURPOSE + kind + b"\0" + text.encode(), "sha256")
