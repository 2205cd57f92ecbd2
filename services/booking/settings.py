"""What whoever operates booking may set: the values of its rules, with the rule's default."""

from datetime import timedelta
from typing import Annotated, ClassVar

from chassis.settings import Secret, Unit
from county.settings import CountySettings
from services.booking.policy import BookingPolicy


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
    def policy(self) -> BookingPolicy:
        return BookingPolicy(
            self.cut_off,
            self.offer_time,
            self.absences_forgiven,
            self.flagged_from,
            self.link_secret.get_secret_value(),
        )
