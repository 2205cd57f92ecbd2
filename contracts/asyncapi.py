"""The AsyncAPI 3 document: for partners, and for whoever wants to know what is said where."""

from typing import Any

from contracts.event import PARTITION_KEY, WITHDRAWN, Event
from contracts.evolution import WIRE, written
from contracts.topics import TOPICS, Topic

ATTRIBUTES = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "format": "uuid", "description": "UUIDv7, unique for ever: repeats have the same."},
    "ce_source": {"type": "string", "format": "uri-reference"},
    "ce_subject": {"type": "string"},
    "ce_time": {"type": "string", "format": "date-time"},
    PARTITION_KEY: {"type": "string", "description": "Within it events are in order, and in one partition."},
    "ce_correlationid": {"type": "string", "description": "One thread from the form to the SMS."},
    "ce_traceparent": {"type": "string", "description": "W3C Trace Context, when tracing is on."},
    "content-type": {"type": "string", "const": "application/json"},
}

Document = dict[str, Any]


def document() -> Document:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Pass numérique",
            "version": "1.0.0",
            "description": "What four services of the Département de la Drôme say: CloudEvents 1.0, binary mode.",
            "license": {"name": "EUPL-1.2"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": {f"{_owner(topic)}.{topic.short}": _operation(topic) for topic in TOPICS.values()},
        "components": {
            "messages": {
                **{event.type: _message(event, topic) for topic in TOPICS.values() for event in topic.events},
                WITHDRAWN: _withdrawn(),
            },
        },
    }


def _owner(topic: Topic) -> str:
    return topic.name.partition(".")[0]


def _channel(topic: Topic) -> Document:
    access = (
        "Restricted: our own services alone." if topic.restricted else "Open to partners with credentials of their own."
    )
    names = dict.fromkeys([*(event.type for event in topic.events), WITHDRAWN])
    return {
        "address": topic.name,
        "description": f"{access} {topic.partitions} partitions, in order per partition key.",
        "messages": {name: {"$ref": f"#/components/messages/{_escaped(name)}"} for name in names},
    }


def _operation(topic: Topic) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{_escaped(topic.name)}"},
        "summary": f"What {_owner(topic)} says on {topic.name}.",
    }


def _message(event: type[Event], topic: Topic) -> Document:
    headers = {**ATTRIBUTES, "ce_type": {"type": "string", "const": event.type}}
    schema = {name: value for name, value in written(event).items() if name not in WIRE}
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": (event.__doc__ or "").strip().partition("\n")[0] or event.__name__,
        "contentType": "application/json",
        "headers": {"type": "object", "required": ["ce_id", "ce_type", "ce_time"], "properties": headers},
        "payload": {"type": "null"} if event.tombstone else _inlined(schema, schema.get("$defs", {})),
        "bindings": {"kafka": {"key": {"type": "string", "description": _key(event, topic)}}},
    }


def _key(event: type[Event], topic: Topic) -> str:
    return event.key_field if topic.states else f"{event.key_field}/ce_id"


def _withdrawn() -> Document:
    """What the log forgets by: no event of any service, so it has no schema of its own."""
    headers = {**ATTRIBUTES, "ce_type": {"type": "string", "const": WITHDRAWN}}
    return {
        "name": WITHDRAWN,
        "title": "EventWithdrawn",
        "summary": "The record under this key is to be forgotten, or only moves its log: skip it.",
        "headers": {"type": "object", "required": ["ce_type", "ce_subject"], "properties": headers},
        "payload": {"type": "null"},
        "bindings": {"kafka": {"key": {"type": "string", "description": "the key of the withdrawn record"}}},
    }


def _inlined(schema: Any, known: Document) -> Any:  # noqa: ANN401 - JSON
    """Without references: each message stands alone."""
    if isinstance(schema, list):
        return [_inlined(part, known) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if name := schema.get("$ref"):
        return _inlined(known[name.rpartition("/")[2]], known)
    return {name: _inlined(value, known) for name, value in schema.items() if name != "$defs"}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
