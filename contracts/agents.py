"""How to write to an agent: name and e-mail, for the service that sends mail. Compacted, restricted. Rule 26."""

from contracts.event import Event
from contracts.ids import AccountId

TOPIC = "prescription.agents"


class AgentStated(Event, type="agent.stated.v1", topic=TOPIC, subject="account_id"):
    """How to write to an agent; the highest version is the truth.

    `invitations` counts how often they were invited: whoever sends mail sends one each time that it grows.
    """

    account_id: AccountId
    version: int
    name: str
    email: str
    invitations: int = 0


class AgentForgotten(Event, type="agent.forgotten.v1", topic=TOPIC, subject="account_id", tombstone=True):
    """Their account is closed: Kafka forgets name and e-mail."""

    account_id: AccountId


AgentEvent = AgentStated | AgentForgotten
