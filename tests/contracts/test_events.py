"""Every event: its example, its golden schema, its way through CloudEvents, ours and the official package's."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent as OfficialEvent
from jsonschema import Draft202012Validator, FormatChecker

from contracts.event import CloudEvent, Event, Headers, UnknownType, Unreadable, Withdrawn, partition_key
from contracts.evolution import place_of
from contracts.ids import uuid7
from contracts.notifications import NoticeSent
from contracts.topics import BOOKING, CONTACTS, NOTIFICATIONS, TOPICS, Topic

PAIRS = [(topic, event) for topic in TOPICS.values() for event in topic.events]
EVERY = [pytest.param(*pair, id=f"{pair[0].short}-{pair[1].type}") for pair in PAIRS]
WITH_BODY = [pair for pair in PAIRS if not pair[1].tombstone]
NOW = datetime(2026, 11, 24, 9, 15, 30, 123456, tzinfo=UTC)


def example(event: type[Event]) -> Any:
    return json.loads(place_of(event, "examples").read_text())


def enveloped(event: type[Event]) -> CloudEvent:
    return CloudEvent(uuid7(), NOW, event.model_validate_json(json.dumps(example(event))), "a-thread")


def on_the_wire(said: CloudEvent) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in said.headers().items()]


@pytest.mark.parametrize(("topic", "event"), EVERY)
def test_the_example_is_what_is_written_and_what_the_golden_schema_allows(topic: Topic, event: type[Event]) -> None:
    said = event.model_validate_json(json.dumps(example(event)))
    assert json.loads(said.model_dump_json()) == example(event)
    golden = json.loads(place_of(event, "schemas").read_text())
    Draft202012Validator(golden, format_checker=FormatChecker()).validate(example(event))
    assert golden["x-topic"] == topic.name


@pytest.mark.parametrize(("topic", "event"), EVERY)
def test_what_is_written_is_read_again(topic: Topic, event: type[Event]) -> None:
    said = enveloped(event)
    assert topic.reader.read(on_the_wire(said), said.event.body) == said


@pytest.mark.parametrize(("topic", "event"), WITH_BODY)
def test_the_official_package_reads_what_we_write(topic: Topic, event: type[Event]) -> None:
    said = enveloped(event)
    read = from_binary(KafkaMessage(dict(on_the_wire(said)), None, said.event.body or b""), JSONFormat())
    assert read.get_id() == str(said.id)
    assert (read.get_type(), read.get_source(), read.get_time()) == (
        event.type,
        f"/{topic.name.partition('.')[0]}",
        NOW,
    )
    assert read.get_extension("correlationid") == "a-thread"
    assert read.get_data() == example(event)


@pytest.mark.parametrize(("topic", "event"), WITH_BODY)
def test_we_read_what_the_official_package_writes(topic: Topic, event: type[Event]) -> None:
    said = enveloped(event)
    attributes = {
        "id": str(said.id),
        "type": event.type,
        "source": event.source,
        "subject": said.event.subject,
        "time": NOW,
        "datacontenttype": "application/json",
        "correlationid": "a-thread",
    }
    official = to_binary(OfficialEvent(attributes, example(event)), JSONFormat())
    assert topic.reader.read([*official.headers.items()], official.value) == said


@pytest.mark.parametrize(("topic", "event"), EVERY)
def test_a_reader_ignores_what_a_later_version_adds(topic: Topic, event: type[Event]) -> None:
    said = enveloped(event)
    body = None if event.tombstone else json.dumps(example(event) | {"added_later": {"deep": [1]}}).encode()
    assert topic.reader.read(on_the_wire(said), body).event == said.event


def test_an_unknown_type_is_told_apart_from_a_broken_one() -> None:
    said = enveloped(BOOKING.events[0])
    headers = {**said.headers(), "ce_type": "booking.dreamt.v1"}
    with pytest.raises(UnknownType):
        BOOKING.reader.read([(name, value.encode()) for name, value in headers.items()], b"{}")


@pytest.mark.parametrize(
    ("change", "body", "why"),
    [
        ({"ce_type": None}, b"{}", "ce_type"),
        ({"ce_id": None}, b"{}", "ce_id"),
        ({"ce_id": b"17"}, b"{}", "ce_id"),
        ({"ce_time": None}, b"{}", "ce_time"),
        ({"ce_time": b"hier"}, b"{}", "corps"),
        ({"ce_subject": b"\xff"}, b"{}", "en-tête illisible"),
        ({}, b"{", "corps"),
        ({}, b"[]", "corps"),
        ({}, b'{"booking_id": "hier"}', "booking_id"),
    ],
)
def test_what_can_not_be_read_says_why_without_its_values(
    change: dict[str, bytes | None], body: bytes | None, why: str
) -> None:
    headers: dict[str, bytes | None] = {**dict(on_the_wire(enveloped(BOOKING.events[0]))), **change}
    with pytest.raises(Unreadable) as refused:
        BOOKING.reader.read([(name, value) for name, value in headers.items() if value is not None], body)
    assert why in str(refused.value)
    assert "hier" not in str(refused.value)


@pytest.mark.parametrize("kind", [None, b"\xff", b"event.withdrawn.v1", b"booking.confirmed.v1", b"booking.dreamt.v1"])
def test_walls_12_a_record_without_a_body_is_skipped_whatever_it_says(kind: bytes | None) -> None:
    """It only takes back an earlier one: nothing of it is ever parked."""
    headers: Headers = [("ce_subject", b"\xff"), *([("ce_type", kind)] if kind else [])]
    with pytest.raises(Withdrawn):
        BOOKING.reader.read(headers, None)


@pytest.mark.parametrize(
    ("headers", "key", "counts"),
    [
        ([("ce_partitionkey", b"person")], b"person/event", b"person"),
        ([("ce_type", b"x")], b"person", b"person"),  # as it was before the header
        ([], None, None),
    ],
)
def test_walls_12_order_counts_within_the_partition_key(headers: Headers, key: bytes | None, counts: bytes) -> None:
    assert partition_key(headers, key) == counts


def test_a_header_without_value_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        BOOKING.reader.read([("ce_type", None)], b"{}")  # type: ignore[list-item]


def test_a_tombstone_is_read_from_its_subject() -> None:
    erased = next(event for event in CONTACTS.events if event.tombstone)
    said = enveloped(erased)
    assert said.event.body is None
    assert CONTACTS.reader.read(on_the_wire(said), None) == said


def test_ids_are_version_7_and_grow() -> None:
    made = [uuid7() for _ in range(1000)]
    assert {one.version for one in made} == {7}
    assert {str(UUID(int=one.int).variant) for one in made} == {"specified in RFC 4122"}
    assert len(set(made)) == 1000
    assert [one.int >> 80 for one in made] == sorted(one.int >> 80 for one in made)


def test_no_topic_but_the_restricted_one_names_a_person() -> None:
    """Rule 26: names, phones, e-mails and addresses of people are on the contacts' topic alone."""
    personal = {"first_name", "last_initial", "last_name", "email", "postal_address", "birth_date", "codes"}
    for topic in TOPICS.values():
        fields = {name for event in topic.events for name in event.model_fields}
        assert topic.restricted or not fields & personal


def test_walls_09_a_notice_of_version_1_is_read_where_it_lies() -> None:
    """It knew no notices of an erasure; all else is the same."""
    said = enveloped(NoticeSent)
    headers = [(name, b"notice.sent.v1" if name == "ce_type" else value) for name, value in on_the_wire(said)]
    assert NOTIFICATIONS.reader.read(headers, said.event.body) == said
