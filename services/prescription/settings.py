"""What prescription is told from outside."""

from typing import ClassVar

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    service: ClassVar[str] = "prescription"
