"""What people send by forms. Reasons are chosen from lists: a typed one could say more of a person than is needed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from chassis.bounds import Day, Question
from contracts.ids import BeneficiaryId, MediatorId, SessionId, TrainingId
from contracts.words import Level, Need
from county.communes import Position, by_insee
from services.booking import queries, wording
from services.booking.access import WhyCancelled, WhyCorrected, WhyHandedOver, WhyMarked
from services.booking.model import Booking, Person


def none_if_blank(value: Any) -> Any:  # noqa: ANN401 - whatever was sent
    """A field left empty was not filled in."""
    return value or None


Blank = BeforeValidator(none_if_blank)


class Chosen(BaseModel):
    session_id: SessionId


class Attendance(BaseModel):
    attended: bool
    reason: WhyMarked = ""


class Back(BaseModel):
    """The page where the button was."""

    back: Literal["dossiers", "emargement", "centre"] = "dossiers"

    def to(self, booking: Booking) -> str:
        match self.back:
            case "dossiers":
                return f"/dossiers/{booking.person}"
            case "emargement":
                return f"/emargement/{booking.session_id}"
            case "centre":
                return f"/centre/personnes/{booking.person}"


class Cancellation(Back):
    reason: WhyCancelled = wording.CANCELLATIONS[0]


class Correction(Back):
    reason: WhyCorrected


class HandOver(BaseModel):
    to_mediator_id: MediatorId
    reason: WhyHandedOver


class Needs(BaseModel):
    needs: list[Need] = []
    level: Annotated[Level | None, Blank] = None


class Invited(BaseModel):
    beneficiary_id: list[BeneficiaryId] = []


class Finding(BaseModel):
    """How a mediator looks for a session; «km» is how far the person can go."""

    q: Question = ""
    formation: Annotated[TrainingId | None, Blank] = None
    jour: Annotated[Day | None, Blank] = None
    soir: bool = False
    libres: bool = False
    km: Annotated[Annotated[int, Field(ge=1, le=300)] | None, Blank] = None

    def wanted(self, around: Position | None) -> queries.Wanted:
        return queries.Wanted(self.q, self.formation, self.jour, self.soir, self.libres, around, self.km)


def position_of(person: Person | None) -> Position | None:
    """Say where they live, as far as booking knows: the middle of their commune."""
    commune = by_insee(person.commune_insee or "") if person else None
    return commune.position if commune else None
