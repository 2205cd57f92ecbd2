"""A change that an old reader could not read, or a new reader could not read in old data, is a new version."""

from typing import Literal

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from pydantic import AwareDatetime, create_model

from contracts.asyncapi import document
from contracts.event import Event
from contracts.evolution import faults, written
from contracts.ids import BookingId
from contracts.topics import TOPICS


class Now(Event, type="thing.done.v1", topic="booking.events", subject="thing_id"):
    thing_id: BookingId
    at: AwareDatetime
    by: Literal["person", "machine"]
    note: str | None
    count: int


def changed(fields: dict[str, object], topic: str = "booking.events") -> type[Event]:
    """The event as someone would write it tomorrow; a field that is None is gone."""
    known: dict[str, object] = {name: (field.annotation, ...) for name, field in Now.model_fields.items()}
    kept = {name: value for name, value in (known | fields).items() if value is not None}
    body: type[Event] = create_model("Tomorrow", __base__=Event, **kept)  # type: ignore[call-overload]
    return type("Then", (body,), {"__module__": __name__}, type=Now.type, topic=topic, subject="thing_id")


@pytest.mark.parametrize(
    ("fields", "breaks"),
    [
        ({}, False),
        ({"more": (str, "")}, False),  # a new field with a default: old data is read, old readers ignore it
        ({"more": (str, ...)}, True),  # old data lacks it
        ({"note": None}, True),  # an old reader asks for it
        ({"count": (str, ...)}, True),
        ({"count": (float, ...)}, True),
        ({"count": (int | None, ...)}, True),
        ({"note": (str, ...)}, True),  # old data may hold nothing there
        ({"by": (Literal["person", "machine", "dog"], ...)}, True),  # an old reader does not know the dog
        ({"by": (Literal["person"], ...)}, True),
        ({"at": (str, ...)}, True),  # the format is gone
        ({"thing_id": (str, ...)}, True),
    ],
)
def test_what_breaks_a_reader_is_found(fields: dict[str, object], breaks: bool) -> None:  # noqa: FBT001 - a table
    assert bool(faults(written(Now), changed(fields))) is breaks


@pytest.mark.parametrize("wire", [{"topic": "prescription.events"}])
def test_where_it_travels_is_part_of_the_promise(wire: dict[str, str]) -> None:
    assert faults(written(Now), changed({}, **wire)) == ["x-topic a changé"]


def test_the_asyncapi_document_is_judged_by_another_reader() -> None:
    read = ApplicationSchema.model_validate(document())
    assert set(read.channels) == set(TOPICS)


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    whole = document()
    for channel in whole["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].rpartition("/")[2] in whole["components"]["messages"]
    for operation in whole["operations"].values():
        assert operation["channel"]["$ref"].rpartition("/")[2] in whole["channels"]
