"""What was published, folded: the newest state of each thing, as a reader of the whole bus would know it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from deploy.audit.bus import Event

CONTACTS, MEDIATORS = "prescription.contacts", "catalogue.contacts"
STATES = {
    "prescription.events": {"centre"},
    "catalogue.events": {"training", "space", "mediator", "session"},
    "booking.events": {"wallet"},
}
PEOPLE = ("beneficiary_id", "kept_id", "merged_id")
ABOUT_ERASING = {"beneficiary.erased", "erasure.completed", "contact.erased"}

State = Mapping[str, Any]


@dataclass
class Facts:
    """`states` by kind and id, each with its last `type`; `contacts` and `mediators` are None where the last is a
    tombstone; `sent` is whom each notice was for.

    `after_erasure`: what a service published of a person after it had answered that it forgot them.
    """

    states: dict[str, dict[UUID, State]] = field(default_factory=lambda: defaultdict(dict))
    filled: dict[UUID, State] = field(default_factory=dict)
    contacts: dict[UUID, State | None] = field(default_factory=dict)
    books: dict[UUID, State] = field(default_factory=dict)
    bookings: dict[UUID, State] = field(default_factory=dict)
    merged: dict[UUID, UUID] = field(default_factory=dict)
    erased: set[UUID] = field(default_factory=set)
    answers: set[tuple[str, UUID]] = field(default_factory=set)
    sent: dict[UUID, UUID] = field(default_factory=dict)
    mediators: dict[UUID, State | None] = field(default_factory=dict)
    after_erasure: list[Event] = field(default_factory=list)
    people: set[UUID] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """A record that was published again changes nothing; on the compacted topic the last one counts.

        One that can't be read changes nothing either: the services park it.
        """
        facts = cls()
        for event in events:
            if event.topic == CONTACTS:
                facts._contact(event)
            elif event.topic == MEDIATORS:
                facts._mediator(event)
            elif event.id not in facts.seen:
                facts.seen.add(event.id)
                with suppress(KeyError, ValueError, TypeError):
                    facts._take(event)
        return facts

    def person(self, id_: UUID) -> UUID:
        """Under which id they are now, since two records became one."""
        return self.person(self.merged[id_]) if id_ in self.merged else id_

    def is_forgotten(self, id_: UUID) -> bool:
        return bool({id_, self.person(id_)} & self.erased)

    def _contact(self, event: Event) -> None:
        if event.type in {"contact.stated", "contact.erased"}:
            self.contacts[event.about] = event.body if event.type == "contact.stated" else None

    def _mediator(self, event: Event) -> None:
        if event.type in {"mediator.stated", "mediator.forgotten"}:
            self.mediators[event.about] = event.body if event.type == "mediator.stated" else None

    def _take(self, event: Event) -> None:
        kind, _, action = event.type.partition(".")
        self._note_people(event)
        if kind in STATES.get(event.topic, ()):
            self._state(kind, event)
        match kind, action:
            case "session", "filled":
                self._fill(event)
            case "book", "prescribed":
                self.books[event.about] = event.body
            case "booking", _:
                self._booking(action, event)
            case "notice", "sent":
                self.sent[event.about] = event.id_in("beneficiary_id")
            case _:
                self._identity(event)

    def _state(self, kind: str, event: Event) -> None:
        before = self.states[kind].get(event.about)
        if _newer(event, before):
            self.states[kind][event.about] = {**(before or {}), **event.body, "type": event.type}

    def _fill(self, event: Event) -> None:
        if _newer(event, self.filled.get(event.about)):
            self.filled[event.about] = event.body

    def _booking(self, action: str, event: Event) -> None:
        """The last telling of a booking is the truth; what it does not say stays."""
        before = dict(self.bookings.get(event.about, {}))
        late = action == "cancelled" and event.body.get("late")
        before |= {**event.body, "state": action, "late": bool(late)}
        if action == "moved":
            before |= {"state": "confirmed", "edition": event.body["session_version"]}
        self.bookings[event.about] = before

    def _identity(self, event: Event) -> None:
        match event.type:
            case "beneficiary.merged":
                self.merged[event.id_in("merged_id")] = event.id_in("kept_id")
            case "beneficiary.erased":
                self.erased.add(event.about)
            case "erasure.completed":
                self.answers.add((event.body["service"], event.about))
            case _:
                pass

    def _note_people(self, event: Event) -> None:
        named = {event.id_in(name) for name in PEOPLE if event.body.get(name)}
        self.people |= named
        service = event.topic.partition(".")[0]
        if event.type not in ABOUT_ERASING and any((service, person) in self.answers for person in named):
            self.after_erasure.append(event)


def _newer(event: Event, before: State | None) -> bool:
    return before is None or event.body["version"] > before["version"]
