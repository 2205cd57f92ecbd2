"""The topics of the bus: their events, partitions and retention. `deploy/kafka/topics.json` is made from this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from contracts import booking, catalogue, contacts, notifications, prescription
from contracts.event import Event, Reader

HOUR_MS = 3_600_000
FOREVER = {"cleanup.policy": "delete", "retention.ms": "-1"}
NINETY_DAYS = {"cleanup.policy": "delete", "retention.ms": str(90 * 24 * HOUR_MS)}
# Erased contacts leave the disk within max lag + tick interval + cleaning + delete delay: docs/decisions/0005.
COMPACTED = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(12 * HOUR_MS),
    "delete.retention.ms": str(24 * HOUR_MS),
    "segment.ms": str(6 * HOUR_MS),
    "min.cleanable.dirty.ratio": "0.01",
    "file.delete.delay.ms": "1000",
}


@dataclass(frozen=True)
class Topic:
    """`events` are those that may be said here; a restricted topic holds personal data (rule 26)."""

    name: str
    events: tuple[type[Event], ...]
    config: Mapping[str, str]
    partitions: int = 6
    restricted: bool = False
    reader: Reader = field(init=False)

    @property
    def short(self) -> str:
        """Its owner, or what it holds when an owner has a second topic: «booking», «contacts»."""
        owner, _, what = self.name.partition(".")
        return owner if what == "events" else what

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", Reader(self.events))


PRESCRIPTION = Topic(prescription.TOPIC, get_args(prescription.PrescriptionEvent), FOREVER)
CONTACTS = Topic(contacts.TOPIC, get_args(contacts.ContactEvent), COMPACTED, restricted=True)
CATALOGUE = Topic(catalogue.TOPIC, get_args(catalogue.CatalogueEvent), FOREVER)
BOOKING = Topic(booking.TOPIC, get_args(booking.BookingServiceEvent), FOREVER)
NOTIFICATIONS = Topic(notifications.TOPIC, get_args(notifications.NotificationsEvent), NINETY_DAYS)

TOPICS: Mapping[str, Topic] = {
    topic.name: topic for topic in (PRESCRIPTION, CONTACTS, CATALOGUE, BOOKING, NOTIFICATIONS)
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
