"""Whoever opens what others follow says why: the reason, the name and the hour are recorded. Rule 27."""

from typing import Annotated

from pydantic import StringConstraints

from chassis.refusal import NotAllowed
from contracts.ids import BeneficiaryId

LONGEST = 200  # characters

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=LONGEST)]
"""Said in words, to be read by others: spaces are none."""


class ReasonAsked(NotAllowed):
    """What a service has of a person opens for a reason. A service says in `closed` whose it is, and what it asks."""

    closed: str
    template = "reason.html"

    def __init__(self, beneficiary_id: BeneficiaryId) -> None:
        self.beneficiary_id = beneficiary_id
        super().__init__(
            f"{self.closed} : la raison, votre nom et l'heure sont enregistrés et la personne peut les demander."
        )
