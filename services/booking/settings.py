"""What booking is told from outside: the parameters of its rules, with the rule's default."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from chassis.links import code_for
from chassis.settings import Secret, Unit
from county.settings import CountySettings


@dataclass(frozen=True)
class Terms:
    """The parameters of rules 16 to 19, as the model needs them."""

    cut_off: timedelta = timedelta(hours=4)
    offer_time: timedelta = timedelta(hours=24)
    absences_forgiven: int = 1
    flagged_from: int = 2
    link_secret: str = ""

    def code(self, about: UUID) -> str:
        """Of the resident's link to a booking or an offer."""
        return code_for(self.link_secret, about)


class Settings(CountySettings):
    service: ClassVar[str] = "booking"

    link_secret: Secret
    """Signs residents' links; the same in booking and notifications."""
    cut_off: timedelta = timedelta(hours=4)
    """Is how long before a session a place can last be given back (rule 16)."""
    offer_time: timedelta = timedelta(hours=24)
    """Is how long an offered place waits for an answer (rule 18)."""
    absences_forgiven: Annotated[int, Unit("absences")] = 1
    """Is how many absences cost no hour (rule 17)."""
    flagged_from: Annotated[int, Unit("absences")] = 2
    """Is from how many absences a person is to be called (rule 17)."""
    file_waits: timedelta = timedelta(days=3)
    """Is after how long a file that its mediator has not taken over is proposed to another (rule 19)."""

    @property
    def terms(self) -> Terms:
        return Terms(
            self.cut_off,
            self.offer_time,
            self.absences_forgiven,
            self.flagged_from,
            self.link_secret.get_secret_value(),
        )
