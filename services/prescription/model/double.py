"""One person registered twice, or two who look alike: a person decides, and the decision is stored. Rule 5."""

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
from services.prescription.model.alike import any_alike, whole_names
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.book import BOOKS_IN_A_LIFE, Book, mark_current
from services.prescription.model.names import name_key
from services.prescription.model.record import Record
from services.prescription.model.registration import STORED, Registration

Because = Literal["name_and_birth", "phone", "email", "name"]
Outcome = Literal["merged", "distinct", "same"]


@dataclass(frozen=True)
class Resembling:
    """Somebody registered whom the prescriber may compare with the person at the counter.

    Whom another centre follows is named as in a search: by a first name, an initial and the year of birth.
    """

    id: BeneficiaryId
    name: str
    birth_date: date
    commune_insee: str
    followed: bool

    @classmethod
    def of(cls, person: Beneficiary, centre_id: CentreId | None) -> Self:
        followed = centre_id in person.followed_by
        name = person.name if followed else person.short_name
        return cls(person.id, name, person.birth_date, person.commune_insee, followed)


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
            "Cette personne ressemble à quelqu'un qui est déjà inscrit : même téléphone, même e-mail, ou née le même "
            "jour avec presque le même nom, ou le même prénom dans la même commune. Vérifiez avec elle, puis confirmez "
            "que c'est quelqu'un d'autre."
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
    """A question about two records, or about one and a registration refused for it (`claim`, stored until decided).

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
        """Store the decision. Raises NothingToDecide when someone was quicker."""
        if self.outcome is not None:
            raise NothingToDecide
        self.outcome, self.reason, self.decided_by, self.decided_at = outcome, reason, by, now
        self.claim = None


class Merge(Record):
    """`merged_id` was `survivor_id` all along: the trace, and where later news of it goes."""

    __tablename__ = "merges"

    merged_id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    survivor_id: Mapped[BeneficiaryId] = mapped_column("kept_id", index=True)
    reason: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


def why_alike(form: Registration, other: Beneficiary) -> list[Because]:
    """Names what the two have in common that one person would have.

    Who changed their last name keeps the first name, the day of birth and, often, the commune.
    """
    because: list[Because] = []
    if form.phone and form.phone == other.phone:
        because.append("phone")
    if form.email and form.email == other.email:
        because.append("email")
    if form.birth_date == other.birth_date and (_of_one_name(form, other) or _of_one_home(form, other)):
        because.append("name")
    return because


def _of_one_name(form: Registration, other: Beneficiary) -> bool:
    return any_alike(whole_names(form.first_name, form.last_name, form.birth_name), other.whole_names)


def _of_one_home(form: Registration, other: Beneficiary) -> bool:
    same_name = name_key(form.first_name, "") == name_key(other.first_name, "")
    return same_name and form.commune_insee == other.commune_insee


def merge_histories(books: Sequence[Book], owner: BeneficiaryId) -> None:
    """The books of two records become those of one person: numbered by date, the last one current (rule 5).

    Raises MergeExceedsTheCap, AnswerAwaited.
    """
    if any(change.confirmed_at is None for book in books for change in book.changes):
        raise AnswerAwaited
    by_date = sorted(books, key=lambda book: book.prescribed_at)
    counted = [book for book in by_date if book.state != "cancelled"]
    if len(counted) > BOOKS_IN_A_LIFE:
        raise MergeExceedsTheCap(len(counted))
    numbered = by_date if len(by_date) <= BOOKS_IN_A_LIFE else counted
    for rank, book in enumerate(numbered, 1):
        book.rank, book.use_known = rank, False
    mark_current(by_date)
    for book in books:
        book.beneficiary_id = owner
