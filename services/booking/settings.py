"""What booking is told from outside: the parameters of its rules, with the rule's default."""

from datetime import timedelta
from typing import ClassVar

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "booking"

    cut_off: timedelta = timedelta(hours=4)  # rule 16
