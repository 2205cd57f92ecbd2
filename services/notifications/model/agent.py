"""Who asks, and why a person's messages are open to them. Rules 19 and 27."""

from dataclasses import dataclass
from datetime import datetime

from chassis.refusal import NotAllowed
from contracts.ids import BeneficiaryId, CentreId, MediatorId

LONGEST_REASON = 200


class ReasonAsked(NotAllowed):
    """The person is followed by others: their messages open for a reason."""

    template = "reason.html"

    def __init__(self, beneficiary_id: BeneficiaryId) -> None:
        self.beneficiary_id = beneficiary_id
        super().__init__(
            "Cette personne est suivie par d'autres. Dites pourquoi vous ouvrez ses messages : "
            "la raison, votre nom et l'heure sont enregistrés et la personne peut les demander."
        )


@dataclass(frozen=True)
class Agent:
    """An agent of a centre, a mediator, or somebody of the administration, who does what nobody else does.

    They ask `at` this moment; a reason that they gave after `since` still holds.
    """

    subject: str
    at: datetime
    since: datetime
    administrator: bool
    centre_id: CentreId | None = None
    mediator_id: MediatorId | None = None

    @property
    def why(self) -> str:
        """Why they read what is theirs to see, as it is recorded."""
        if self.centre_id:
            return "suivi par son centre"
        return "suivi par son médiateur" if self.mediator_id else "liste de travail de l'administration"
