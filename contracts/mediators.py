"""How to reach a mediator: name and telephone, as residents are given them. Compacted, restricted. Rule 26."""

from contracts.event import Event
from contracts.ids import MediatorId

TOPIC = "catalogue.contacts"


class MediatorStated(Event, type="mediator.stated.v1", topic=TOPIC, subject="mediator_id"):
    """Of who is in post: the highest version is the truth. Said again now and then, so that each reader has it."""

    mediator_id: MediatorId
    version: int
    name: str
    phone: str | None
    email: str | None = None


class MediatorForgotten(Event, type="mediator.forgotten.v1", topic=TOPIC, subject="mediator_id", tombstone=True):
    """They have left: Kafka forgets name and telephone."""

    mediator_id: MediatorId


MediatorEvent = MediatorStated | MediatorForgotten
