"""One person registered twice, or two who look alike: a person decides, and the decision is kept. Rule 5."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import NotFound, Refusal
from contracts.ids import BeneficiaryId, CentreId, PrescriberId
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.names import one_letter_each
from services.prescription.model.record import Record
from services.prescription.model.registration import STORED, Registration

Because = Literal["name_and_birth", "phone", "email", "name"]
Outcome = Literal["merged", "distinct", "same"]
ENOUGH = 0.7  # closeness of two names


@dataclass(frozen=True)
class Resembling:
    """Somebody registered whom the prescriber may compare with the person at the counter."""

    id: BeneficiaryId
    name: str
    birth_date: date
    commune_insee: str

    @classmethod
    def of(cls, person: Beneficiary) -> Self:
        return cls(person.id, person.name, person.birth_date, person.commune_insee)


class AlreadyKnown(Refusal):
    """Same name, same birth date."""

    def __init__(self, alike: Sequence[Resembling] = ()) -> None:
        self.alike = alike
        super().__init__(
            "Une personne de même nom et née le même jour est déjà inscrite. Cherchez-la par son nom : "
            "si c'est elle, prescrivez sur sa fiche. Si c'est quelqu'un d'autre, demandez une décision à "
            "l'administrateur : tant qu'il n'a pas décidé, une seconde fiche n'est pas possible."
        )


class LooksAlike(Refusal):
    """Same phone or e-mail, or nearly the same name on the same birth date: to be confirmed."""

    def __init__(self, alike: Sequence[Resembling] = ()) -> None:
        self.alike = alike
        super().__init__(
            "Cette personne ressemble à quelqu'un qui est déjà inscrit : même téléphone, même e-mail, ou presque le "
            "même nom et la même date de naissance. Vérifiez avec elle, puis confirmez que c'est quelqu'un d'autre."
        )


class MergeExceedsTheCap(Refusal):
    def __init__(self, books: int) -> None:
        super().__init__(
            f"Ensemble, ces deux fiches ont {books} chéquiers et le maximum est 8. "
            "Annulez d'abord, sur l'une des fiches, un chéquier dont aucune heure n'est suivie ni réservée."
        )


class AnswerAwaited(Refusal):
    """What booking answers about one record would not find the books of the other."""

    def __init__(self) -> None:
        super().__init__(
            "Un chéquier de ces fiches vient d'être corrigé ou annulé : la réservation doit d'abord répondre. "
            "Réessayez dans un instant."
        )


class SamePerson(Refusal):
    def __init__(self) -> None:
        super().__init__("C'est deux fois la même fiche : choisissez-en une autre à réunir avec elle.")


class NothingToDecide(NotFound):
    def __init__(self) -> None:
        super().__init__(
            "Cette question est déjà tranchée, ou la fiche n'existe plus. Revenez à la liste des doublons."
        )


class Double(Record):
    """A question about two records, or about one and a registration refused for it (`claim`, kept until decided).

    With two records and a claim: the other one would be called as claimed.
    """

    __tablename__ = "doubles"
    __table_args__ = (
        CheckConstraint("because <@ ARRAY['name_and_birth', 'phone', 'email', 'name']", name="because"),
        CheckConstraint("outcome in ('merged', 'distinct', 'same')", name="outcome"),
        CheckConstraint("(outcome is null) = (decided_at is null)", name="decided"),
        CheckConstraint("claim is null or outcome is null", name="claim_forgotten"),
        Index(None, "known_id"),
        Index(None, "other_id"),
        Index(None, "asked_at", postgresql_where=text("outcome IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    known_id: Mapped[BeneficiaryId]
    other_id: Mapped[BeneficiaryId | None]
    claim: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    because: Mapped[list[Because]] = mapped_column(ARRAY(Text))
    asked_by: Mapped[PrescriberId]
    centre_id: Mapped[CentreId]
    asked_at: Mapped[datetime]
    outcome: Mapped[Outcome | None]
    reason: Mapped[str]
    decided_by: Mapped[str]
    decided_at: Mapped[datetime | None]

    @property
    def claimed(self) -> Registration | None:
        return Registration.model_validate(self.claim, context=STORED) if self.claim else None

    def decide(self, outcome: Outcome, *, reason: str, by: str, now: datetime) -> None:
        """Raises NothingToDecide when someone was quicker."""
        if self.outcome is not None:
            raise NothingToDecide
        self.outcome, self.reason, self.decided_by, self.decided_at = outcome, reason, by, now
        self.claim = None


class Merge(Record):
    """`merged_id` was `kept_id` all along: the trace, and where later news of it goes."""

    __tablename__ = "merges"

    merged_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    kept_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


def why_alike(told: Registration, plain_name: str, other: Beneficiary) -> list[Because]:
    """What the two have in common that one person would have."""
    found: list[Because] = []
    if told.phone and told.phone == other.phone:
        found.append("phone")
    if told.email and told.email == other.email:
        found.append("email")
    if told.birth_date == other.birth_date and names_alike(plain_name, other.plain_name):
        found.append("name")
    return found


def names_alike(one: str, other: str) -> bool:
    """One has all the words of the other, as a married name beside a double one; or nearly all the letters."""
    one, other = one_letter_each(one), one_letter_each(other)
    first, second = set(one.split()), set(other.split())
    return first <= second or second <= first or closeness(one, other) >= ENOUGH


def closeness(one: str, other: str) -> float:
    """Dice's coefficient of the pairs of letters, 0 to 1; the order of the words does not count."""
    first, second = pairs(one), pairs(other)
    return 2 * len(first & second) / max(1, len(first) + len(second))


def pairs(text: str) -> set[str]:
    return {word[at : at + 2] for word in (f" {part} " for part in text.split()) for at in range(len(word) - 1)}
