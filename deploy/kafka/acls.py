"""Who may do what on the bus, and no more: `acls.json`, made from the contracts and from what each service consumes.

`python -m deploy.kafka` writes the file. `create` gives the permissions to a cluster; doing it again changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import orjson
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from contracts.topics import TOPICS, Topic

FILE = Path(__file__).with_name("acls.json")
PARTNER = "partner"
KINDS = {"topic": 2, "group": 3, "transactional_id": 5}
OPERATIONS = {"READ": 3, "WRITE": 4, "DESCRIBE": 8, "DESCRIBE_CONFIGS": 10}
LITERAL, PREFIXED = 3, 4
ALLOW = 3
OWNED = ("WRITE", "READ", "DESCRIBE", "DESCRIBE_CONFIGS")  # read back when its database was put back


class Acl(NamedTuple):
    """`name` is whole, or a beginning when it ends with a star."""

    user: str
    kind: Literal["topic", "group", "transactional_id"]
    name: str
    operations: Sequence[str]


def wanted(consumed: Mapping[str, Iterable[Topic]]) -> list[Acl]:
    """A service writes its own topics, under its relay's name, and reads them; it consumes in groups of its name.

    A partner, who has an agreement and a user, reads what is not restricted (rule 26), in groups of its name.
    """
    acls = []
    for service, topics in consumed.items():
        own = [topic for topic in TOPICS.values() if topic.name.partition(".")[0] == service]
        acls += [Acl(service, "topic", topic.name, OWNED) for topic in own]
        acls += [Acl(service, "topic", topic.name, ("READ", "DESCRIBE", "DESCRIBE_CONFIGS")) for topic in topics]
        acls.append(Acl(service, "group", f"{service}.*", ("READ", "DESCRIBE")))
        acls.append(Acl(service, "transactional_id", f"{service}.relay.*", ("WRITE", "DESCRIBE")))
    open_to_partners = [topic for topic in TOPICS.values() if not topic.restricted]
    acls += [Acl(PARTNER, "topic", topic.name, ("READ", "DESCRIBE")) for topic in open_to_partners]
    return [*acls, Acl(PARTNER, "group", f"{PARTNER}.*", ("READ", "DESCRIBE"))]


def written() -> list[Acl]:
    return [Acl(**row) for row in orjson.loads(FILE.read_bytes())]


def as_text(acls: Iterable[Acl]) -> bytes:
    """A permission a line."""
    lines = b",\n".join(b"  " + orjson.dumps(acl._asdict()) for acl in acls)
    return b"[\n" + lines + b"\n]\n"


async def create(admin: AIOKafkaAdminClient, acls: Iterable[Acl]) -> None:
    """Raises RuntimeError with Kafka's own words. aiokafka has the requests, but no method for them."""
    for acl in acls:
        for operation in acl.operations:
            answer: Any = await admin._send_request(_request(acl, operation))  # noqa: SLF001 - see above
            if faults := [entry for entry in answer.creation_responses if entry[0]]:
                raise RuntimeError(f"Kafka refuse {acl} : {faults}")


def _request(acl: Acl, operation: str) -> CreateAclsRequest:
    name = acl.name.removesuffix("*")
    pattern = PREFIXED if name != acl.name else LITERAL
    return CreateAclsRequest(KINDS[acl.kind], name, pattern, f"User:{acl.user}", "*", OPERATIONS[operation], ALLOW)
