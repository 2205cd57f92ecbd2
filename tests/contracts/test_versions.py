"""What is said of people outside of our services from version 2 on; and that version 1 is still read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts.event import Event
from contracts.evolution import place_of, written
from contracts.prescription import BeneficiaryRegistered
from contracts.topics import TOPICS
from county.communes import all_communes, epci_of_many, inhabitants

FORMER = [
    pytest.param(event, name, id=f"{topic.short}-{name}")
    for topic in TOPICS.values()
    for event in topic.events
    for name in event.former
]
OPEN = [topic for topic in TOPICS.values() if not topic.restricted]
OF_PEOPLE = [event for topic in OPEN for event in topic.events if "beneficiary_id" in event.model_fields]
NEVER = {"commune_insee", "prescriber_id", "by_id", "provider", "registered_at"}


@pytest.mark.parametrize(("event", "former"), FORMER)
def test_walls_13_a_former_version_that_lies_on_a_log_is_read(event: type[Event], former: str) -> None:
    example = place_of(event, "examples").with_name(f"{former}.json").read_text()
    topic = TOPICS[event.topic]
    assert topic.reader.types[former] is event
    said = event.read("", example.encode())
    now = json.loads(said.model_dump_json())
    assert {name: value for name, value in json.loads(example).items() if name in now and name != "by"} == {
        name: value for name, value in now.items() if name in json.loads(example) and name != "by"
    }


def test_walls_13_a_moment_of_version_1_is_the_day_in_paris() -> None:
    file = place_of(BeneficiaryRegistered, "examples").with_name("beneficiary.registered.v1.json")
    late = json.loads(file.read_text()) | {"registered_at": "2026-07-14T22:30:00Z"}
    read = BeneficiaryRegistered.read("", json.dumps(late).encode())
    assert read.registered_on.isoformat() == "2026-07-15"


def names_in(schema: Any) -> Iterator[str]:
    """Every property, however deep."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from names_in(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names_in(value)


@pytest.mark.parametrize("event", OF_PEOPLE)
def test_walls_13_what_is_said_of_a_person_on_an_open_topic_names_no_village_and_no_agent(event: type[Event]) -> None:
    schema = written(event)
    assert not NEVER & {*names_in(schema)}
    by = schema.get("$defs", {}).get("Author", {"properties": {"kind": {}}})
    assert {*by["properties"]} == {"kind"}
    assert "Actor" not in schema.get("$defs", {})


def test_walls_13_who_was_written_to_is_on_no_open_topic() -> None:
    assert [topic.name for topic in OPEN] == ["prescription.events", "catalogue.events", "booking.events"]


def test_walls_13_the_intercommunality_is_said_where_it_hides() -> None:
    """Four of sixteen have a hundred to a thousand inhabitants in the Drôme: they name the commune."""
    told = {commune.epci_siren: epci_of_many(commune.insee) for commune in all_communes().values()}
    few = {siren for siren, shown in told.items() if shown is None}
    assert {siren for siren, people in inhabitants().items() if people < 5000} == few
    assert sorted(inhabitants()[siren] for siren in few) == [100, 122, 356, 1043]
    assert epci_of_many("07019") is None
