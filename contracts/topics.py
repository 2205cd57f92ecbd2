"""The topics of the bus: their events, partitions and retention. `deploy/kafka/topics.json` is made from this.

All are compacted. On a topic of events each record has a key of its own, so that nothing is forgotten until its owner
withdraws it, one record without a body for each: docs/decisions/0100. On a topic of states a record replaces those
before it under the same key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from contracts import accounts, agents, booking, catalogue, contacts, mediators, notifications, prescription
from contracts.event import Event, Reader

HOUR_MS = 3_600_000
# What was withdrawn leaves the disk within max lag + tick interval + cleaning + delete delay: docs/decisions/0100.
FORGETTING = {
    "max.compaction.lag.ms": str(12 * HOUR_MS),
    "delete.retention.ms": str(24 * HOUR_MS),
    "segment.ms": str(6 * HOUR_MS),
    "file.delete.delay.ms": "1000",
}
STATES = {"cleanup.policy": "compact", **FORGETTING, "min.cleanable.dirty.ratio": "0.01"}
FOREVER = {"cleanup.policy": "compact", "retention.ms": "-1", **FORGETTING}
NINETY_DAYS = {"cleanup.policy": "compact,delete", "retention.ms": str(90 * 24 * HOUR_MS), **FORGETTING}
# Read within seconds: the rest is for a reader that was away. What is answered is sealed: docs/decisions/0108.
A_WEEK = {**NINETY_DAYS, "retention.ms": str(7 * 24 * HOUR_MS)}
A_MONTH = {**NINETY_DAYS, "retention.ms": str(30 * 24 * HOUR_MS)}


@dataclass(frozen=True)
class Topic:
    """`events` are those that may be said here.

    A restricted topic is for our own services: it holds names and addresses, or tells who was written to (rule 26).

    On a topic of `states` a record replaces those before it of the same key.
    """

    name: str
    events: tuple[type[Event], ...]
    config: Mapping[str, str]
    partitions: int = 6
    restricted: bool = False
    holds: str = ""
    states: bool = False
    reader: Reader = field(init=False)

    @property
    def short(self) -> str:
        """Return its owner, or what it holds when an owner has a second topic: «booking», «contacts», «mediators»."""
        owner, _, what = self.name.partition(".")
        return {"events": owner, "copies": f"{owner}-copies"}.get(what, self.holds or what)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", Reader(self.events))


def _copies(event: type[Event], config: Mapping[str, str]) -> Topic:
    """Where a person's copy is asked for, or a service answers."""
    return Topic(event.topic, (event,), config, partitions=1, restricted=True)


PRESCRIPTION = Topic(prescription.TOPIC, get_args(prescription.PrescriptionEvent), FOREVER)
CONTACTS = Topic(contacts.TOPIC, get_args(contacts.ContactEvent), STATES, restricted=True, states=True)
ACCOUNTS = Topic(accounts.TOPIC, get_args(accounts.AccountEvent), STATES, partitions=1, restricted=True, states=True)
AGENTS = Topic(agents.TOPIC, get_args(agents.AgentEvent), STATES, partitions=1, restricted=True, states=True)
CATALOGUE = Topic(catalogue.TOPIC, get_args(catalogue.CatalogueEvent), FOREVER)
MEDIATORS = Topic(
    mediators.TOPIC, get_args(mediators.MediatorEvent), STATES, restricted=True, states=True, holds="mediators"
)
BOOKING = Topic(booking.TOPIC, get_args(booking.BookingServiceEvent), FOREVER)
NOTIFICATIONS = Topic(notifications.TOPIC, get_args(notifications.NotificationsEvent), NINETY_DAYS, restricted=True)
PRESCRIPTION_COPIES = _copies(prescription.CopyRequested, A_MONTH)
CATALOGUE_COPIES = _copies(catalogue.CatalogueCopyAnswered, A_WEEK)
BOOKING_COPIES = _copies(booking.BookingCopyAnswered, A_WEEK)
NOTIFICATIONS_COPIES = _copies(notifications.NotificationsCopyAnswered, A_WEEK)
COPIES = (CATALOGUE_COPIES, BOOKING_COPIES, NOTIFICATIONS_COPIES)
"""Where the others answer prescription."""

TOPICS: Mapping[str, Topic] = {
    topic.name: topic
    for topic in (
        PRESCRIPTION,
        CONTACTS,
        ACCOUNTS,
        AGENTS,
        CATALOGUE,
        MEDIATORS,
        BOOKING,
        NOTIFICATIONS,
        PRESCRIPTION_COPIES,
        *COPIES,
    )
}

FOR_PARTNERS: tuple[type[Event], ...] = (
    prescription.PrescriptionErasureCompleted,
    contacts.ContactsTicked,
    catalogue.LabelEnded,
    catalogue.LabelEnding,
    catalogue.SpaceChanged,
    catalogue.SpaceClosed,
    catalogue.SpaceListed,
    booking.PersonFlagged,
    booking.PlanChanged,
    booking.WaitingJoined,
    booking.WaitingLeft,
    notifications.NoticeSent,
)
"""Said for those outside: no service of ours does anything about them."""
