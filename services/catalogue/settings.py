"""What is set from outside: the parameters of its rules, with the rule's default."""

from datetime import timedelta
from typing import ClassVar

from chassis.web import Page
from county.settings import CountySettings


class Settings(CountySettings):
    service: ClassVar[str] = "catalogue"

    label_warns: timedelta = timedelta(days=60)
    """Is how long before a label ends somebody is warned (rule 11)."""


def address_of(page: Page) -> str:
    """Return where the pages are reached from outside, for what machines and other programs read."""
    settings: Settings = page.request.app.state.settings
    return settings.public_url
