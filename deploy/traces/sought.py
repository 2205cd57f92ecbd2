"""What a person is looked for by, in every form in which it may be written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.plain import plain
from county import phones


@dataclass(frozen=True)
class Sought:
    """`texts` are written forms, in any case of their letters; `raw` is how a database writes an id into its files."""

    kind: str
    texts: tuple[str, ...]
    raw: tuple[bytes, ...] = ()

    @property
    def patterns(self) -> list[str]:
        """For `ILIKE`: as text, and in a column of bytes, which PostgreSQL shows in hexadecimal digits."""
        shown = [*self.texts, *(form.encode().hex() for form in {*self.texts, *map(str.lower, self.texts)})]
        return [f"%{_escaped(form)}%" for form in shown]

    def count(self, content: bytes) -> int:
        """How often it is there; `content` in small letters, as `lowered` makes it."""
        written = sum(content.count(form) for form in {text.lower().encode() for text in self.texts})
        return written + sum(content.count(lowered(form)) for form in self.raw)


def lowered(content: bytes) -> bytes:
    """Small letters, of what is in ASCII."""
    return content.lower()


def _escaped(form: str) -> str:
    return form.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def sought(person: Mapping[str, Any], beneficiary_id: UUID) -> Iterator[Sought]:
    """By last name, telephone, e-mail and id, those that the person has."""
    yield Sought("nom", (person["last_name"], plain(person["last_name"])))
    if person.get("phone"):
        number = phones.read(person["phone"]).bare
        national = "0" + number.removeprefix("+33")
        spaced = " ".join(national[start : start + 2] for start in range(0, len(national), 2))
        yield Sought("téléphone", (number, national, spaced))
    if person.get("email"):
        yield Sought("e-mail", (person["email"],))
    yield Sought("identifiant", (str(beneficiary_id), beneficiary_id.hex), (beneficiary_id.bytes,))
