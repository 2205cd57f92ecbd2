"""What booking is told from outside: the parameters of its rules, with the rule's default."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from chassis.links import code_for
from chassis.settings import Secret
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
    """`file_waits`: a file that its mediator has not taken over is proposed to another one."""

    service: ClassVar[str] = "booking"

    link_secret: Secret  # signs residents' links: the same in notifications (`chassis.links`)
    cut_off: timedelta = timedelta(hours=4)  # rule 16
    offer_time: timedelta = timedelta(hours=24)  # rule 18
    absences_forgiven: int = 1  # rule 17
    flagged_from: int = 2  # rule 17
    file_waits: timedelta = timedelta(days=3)  # rule 19

    @property
    def terms(self) -> Terms:
        return Terms(
            self.cut_off,
            self.offer_time,
            self.absences_forgiven,
            self.flagged_from,
            self.link_secret.get_secret_value(),
        )
