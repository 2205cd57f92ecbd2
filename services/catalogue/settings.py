"""What catalogue is told from outside: the parameters of its rules, with the rule's default."""

from datetime import timedelta
from typing import ClassVar

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "catalogue"

    label_warns: timedelta = timedelta(days=60)  # rule 11
