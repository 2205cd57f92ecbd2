"""All that a notice may say, gathered from what is known."""

from dataclasses import dataclass
from datetime import date, datetime

from contracts.words import NoticeKind
from services.notifications.model.replicas import Book, Booking, Centre, Contact, Mediator, Session


@dataclass(frozen=True)
class Facts:
    """`call` is whom to call: the mediator's number, else the centre's. `link` is the person's own,
    `stop` ends messages like this one; «» when none. `informs` is where a person reads what is stored of them: in the
    first message to them alone (GDPR, article 13).

    `booking` and `book` are what it speaks of, as they are by now: the booking of an offer is there once accepted.
    """

    kind: NoticeKind
    contact: Contact
    centre: Centre | None = None
    session: Session | None = None
    mediator: Mediator | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    until: datetime | None = None
    booking: Booking | None = None
    book: Book | None = None
    link: str = ""
    stop: str = ""
    informs: str = ""

    @property
    def expires_on(self) -> date | None:
        return self.book.expires_on if self.book else None

    @property
    def call(self) -> str | None:
        phones = [known.phone for known in (self.mediator, self.centre) if known and known.phone]
        return phones[0] if phones else None
