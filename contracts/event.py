"""What an event is, and how it travels: CloudEvents 1.0, binary mode, on Kafka.

An `Event` says what happened; a `CloudEvent` is that event with its envelope. Attributes travel as `ce_*` headers,
the event as a JSON body. Order counts within the partition key, the id in `ce_partitionkey`; the record's own key is
what Kafka forgets by: `contracts.topics`, docs/decisions/0100.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

PARTITION_KEY = "ce_partitionkey"
WITHDRAWN = "event.withdrawn.v1"

type_of_time: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)
Headers = Sequence[tuple[str, bytes]]


class Payload(BaseModel):
    """A frozen value; strict towards who writes it, forgiving towards who reads it (see `Event.read`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Payload):
    """Something that happened. A subclass names its type, its topic, and the fields that are its subject and key.

    `key` is the id within whose events order counts. `tombstone` marks an event whose body is nothing: Kafka then
    forgets what was said before under the same key. `erasure` marks what says that a person was erased, or that it is
    done: it stays when what was said before under its key is forgotten. `former` are the types of versions that are no
    longer published and that this class reads: on a log they lie for years.
    """

    type: ClassVar[str]
    topic: ClassVar[str]
    source: ClassVar[str]
    subject_field: ClassVar[str]
    key_field: ClassVar[str]
    tombstone: ClassVar[bool]
    erasure: ClassVar[bool]
    former: ClassVar[tuple[str, ...]]
    correlation_id: ClassVar[str] = ""

    def __init_subclass__(cls, **wire: Any) -> None:  # noqa: ANN401 - class keywords of two kinds
        """A class without a type of its own (the shared state of several events) stays unwired."""
        if "type" not in wire:
            return super().__init_subclass__()
        cls.type, cls.topic, cls.subject_field = wire["type"], wire["topic"], wire["subject"]
        cls.key_field = wire.get("key", cls.subject_field)
        cls.source = "/" + cls.topic.partition(".")[0]
        cls.tombstone, cls.erasure = wire.get("tombstone", False), wire.get("erasure", False)
        cls.former = wire.get("former", ())
        return super().__init_subclass__()

    @property
    def subject(self) -> str:
        return str(getattr(self, self.subject_field))

    @property
    def key(self) -> str:
        return str(getattr(self, self.key_field))

    def correlated(self, correlation_id: str) -> Self:
        """Return itself with the correlation of its envelope: whoever publishes because of it passes it on."""
        object.__setattr__(self, "correlation_id", correlation_id)  # beside the fields: equal events stay equal
        return self

    @property
    def body(self) -> bytes | None:
        return None if self.tombstone else self.model_dump_json().encode()

    @classmethod
    def read(cls, subject: str, body: bytes | None) -> Self:
        """Read what another version may have written: unknown fields are ignored. Raises ValidationError."""
        if cls.tombstone:
            return cls.model_validate({cls.subject_field: subject}, extra="ignore")
        return cls.model_validate_json(body or b"", extra="ignore")


class UnknownType(LookupError):
    """The record carries an event that this reader does not know: to be ignored and counted."""


class Withdrawn(UnknownType):
    """The record takes an earlier one back, or only moves its log: to be skipped and counted, never parked."""


class Unreadable(ValueError):
    """The record claims a known type, or none, and can't be read: to be parked with its reason."""


class CloudEvent(NamedTuple):
    """An event and its envelope: id is a UUIDv7, unique for ever; time is aware, UTC."""

    id: UUID
    time: datetime
    event: Event
    correlation_id: str = ""
    traceparent: str = ""

    def headers(self) -> dict[str, str]:
        attributes = {
            "content-type": "application/json",
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_source": self.event.source,
            "ce_type": self.event.type,
            "ce_subject": self.event.subject,
            PARTITION_KEY: self.event.key,
            "ce_time": self.time.isoformat().replace("+00:00", "Z"),
            "ce_correlationid": self.correlation_id,
            "ce_traceparent": self.traceparent,
        }
        return {name: value for name, value in attributes.items() if value}


class Reader:
    """Reads the records of one topic into the events that belong to it."""

    def __init__(self, types: Iterable[type[Event]]) -> None:
        self.types: Mapping[str, type[Event]] = {name: event for event in types for name in (event.type, *event.former)}

    def read(self, headers: Headers, body: bytes | None) -> CloudEvent:
        """Raises UnknownType, Withdrawn, or Unreadable with a reason a person can act on."""
        if body is None and not self._erases(headers):
            raise Withdrawn(WITHDRAWN)
        sent = attributes(headers)
        name = sent.get("ce_type", "")
        if not name:
            raise Unreadable("en-tête ce_type absent")
        if name not in self.types:
            raise UnknownType(name)
        return enveloped(self.types[name], sent, body)

    def _erases(self, headers: Headers) -> bool:
        """Whether a record without a body is news of its own."""
        kind = self.types.get((dict(headers).get("ce_type") or b"").decode(errors="replace"))
        return kind is not None and kind.tombstone


def enveloped(kind: type[Event], sent: Mapping[str, str], body: bytes | None) -> CloudEvent:
    """Raises Unreadable."""
    try:
        return CloudEvent(
            id=UUID(sent["ce_id"]),
            time=type_of_time.validate_python(sent["ce_time"]),
            event=kind.read(sent.get("ce_subject", ""), body).correlated(sent.get("ce_correlationid", "")),
            correlation_id=sent.get("ce_correlationid", ""),
            traceparent=sent.get("ce_traceparent", ""),
        )
    except KeyError as missing:
        raise Unreadable(f"en-tête {missing.args[0]} absent") from missing
    except ValidationError as error:
        raise Unreadable(summary(error)) from error
    except ValueError as error:
        raise Unreadable(f"en-tête ce_id illisible : {error}") from error


def partition_key(headers: Headers, key: bytes | None) -> bytes | None:
    """Return within what the order of records counts; of a record from before it had a header, the record's own key."""
    return dict(headers).get(PARTITION_KEY) or key


def attributes(headers: Headers) -> dict[str, str]:
    """Return the headers as text. Raises Unreadable when one is missing its value or is not UTF-8."""
    try:
        return {name: value.decode() for name, value in headers}
    except (UnicodeDecodeError, AttributeError) as error:
        raise Unreadable(f"en-tête illisible : {error}") from error


def summary(error: ValidationError) -> str:
    """Return the first three faults, without the values: those may be personal."""
    faults = error.errors(include_input=False, include_url=False, include_context=False)
    return " ; ".join(f"{'.'.join(map(str, fault['loc'])) or 'corps'} : {fault['msg']}" for fault in faults[:3])
