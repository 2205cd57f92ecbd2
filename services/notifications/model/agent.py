"""Who asks, and why a person's messages are open to them. Rules 19 and 27."""

from dataclasses import dataclass
from datetime import datetime

from contracts.ids import CentreId, MediatorId
from county import reasons


class ReasonAsked(reasons.ReasonAsked):
    """The person is followed by others: their messages open for a reason."""

    closed = "Cette personne est suivie par d'autres. Dites pourquoi vous ouvrez ses messages"


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
    name: str = ""

    @property
    def why(self) -> str:
        """Why they read what is theirs to see, as it is recorded."""
        if self.centre_id:
            return "suivi par son centre"
        return "suivi par son médiateur" if self.mediator_id else "liste de travail de l'administration"
