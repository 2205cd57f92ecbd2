"""All that a notice may say, gathered from what was heard."""

from dataclasses import dataclass
from datetime import date, datetime

from contracts.words import NoticeKind
from services.notifications.model.replicas import Centre, Contact, Mediator, Session


@dataclass(frozen=True)
class Facts:
    """`call` is whom to call: the mediator's number, else the centre's. `link` is the person's own, «» when none."""

    kind: NoticeKind
    contact: Contact
    centre: Centre | None = None
    session: Session | None = None
    mediator: Mediator | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    until: datetime | None = None
    expires_on: date | None = None
    link: str = ""

    @property
    def call(self) -> str | None:
        known = [one.phone for one in (self.mediator, self.centre) if one and one.phone]
        return known[0] if known else None
