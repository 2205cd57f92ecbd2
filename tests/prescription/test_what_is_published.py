"""Rule 26: no event that partners may read carries a personal value."""

from datetime import date, timedelta
from typing import get_args
from uuid import UUID

from aiokafka.partitioner import murmur2
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from chassis.db import Database
from chassis.outbox import row
from contracts.event import Event
from contracts.ids import BeneficiaryId, CentreId, PrescriberId, uuid7
from contracts.prescription import (
    BeneficiaryErased,
    BeneficiaryMerged,
    BookCancelled,
    BookCorrected,
    CentreState,
    PrescriptionErasureCompleted,
    PrescriptionEvent,
)
from contracts.topics import CONTACTS, TOPICS
from contracts.words import Actor
from services.prescription.model import (
    Agent,
    Asked,
    Beneficiary,
    Centre,
    ErasureRequest,
    News,
    Prescriber,
    Registration,
    prescribed_book,
)
from services.prescription.model.erasure import SLOTS
from services.prescription.usecases import Decided
from tests.prescription.conftest import PERSON
from tests.prescription.steps import NOW, prescribed, registered, rows

WORDS = st.text("abcdefghijklmnopqrstuvwxyzéèêàç'- ", min_size=8, max_size=30).map(lambda text: f"Démo{text}zz")


@st.composite
def registrations(draw: st.DrawFn) -> Registration:
    return Registration(
        first_name=draw(WORDS),
        last_name=draw(WORDS),
        birth_date=draw(st.dates(date(1920, 1, 1), date(2015, 1, 1))),
        commune_insee=draw(st.sampled_from(["26108", "26113", "26362"])),
        phone=f"0639{draw(st.integers(980000, 989999))}",
        email=f"demo.{draw(st.text('abcdefgh', min_size=6, max_size=12))}@exemple.invalid",
        postal_address=draw(WORDS),
        channel="letter",
        audiences=("senior",),
    )


def everything_published(person: Beneficiary, note: str) -> list[Event]:
    """Each event that prescription can say of a person outside of the restricted topic."""
    by = Prescriber(id=PrescriberId(UUID(int=1)), centre_id=person.centre_id, name="Démo Nadia", active=True)
    by.centre = Centre(id=person.centre_id, is_open=True)
    book = prescribed_book(person, [], by=by, need="farm", news=News(NOW, timedelta(1), NOW))
    book.expires_on = date(2027, 1, 1)
    decided = Decided("other", note, Agent("nadia", "Démo Nadia", "prescriber"), Actor(kind="prescriber", id=by.id))
    request = ErasureRequest.asked(person.id, Asked("wish", decided.agent), now=NOW, grace=timedelta(7))
    ids = {"book_id": book.id, "beneficiary_id": person.id}
    states = {"state_before": "available", "state_after": "void", "voucher_id": book.vouchers[0].id}
    return [
        person.announced(),
        person.changed(),
        book.announced(),
        book.expire(),
        BookCancelled(**ids, reason=decided.french_reason, by=decided.actor),
        BookCorrected.model_validate({**ids, **states, "reason": decided.french_reason, "by": decided.actor}),
        BeneficiaryMerged(kept_id=person.id, merged_id=BeneficiaryId(uuid7())),
        request.requested(person.id),
        request.withdrawn(person.id),
        BeneficiaryErased(beneficiary_id=person.id),
        PrescriptionErasureCompleted(beneficiary_id=person.id, service="prescription"),
    ]


def leaks(events: list[Event], values: list[str]) -> list[str]:
    """Where one of the values stands in what partners may read: headers, key, body."""
    leaked = []
    for event in events:
        if not TOPICS[event.topic].restricted:
            published = row(event, NOW)
            whole = published["key"] + published["headers"] + (published["body"] or b"").decode()
            leaked += [event.type for value in values if value in whole]
    return leaked


def values_of(person: Beneficiary, note: str) -> list[str]:
    named = [person.first_name, person.last_name, person.plain_name, person.name_key, person.birth_date.isoformat()]
    return [*named, person.phone or "", person.email or "", person.postal_address or "", note]


def registered_now(registration: Registration) -> Beneficiary:
    by = Prescriber(id=PrescriberId(UUID(int=1)), centre_id=CentreId(UUID(int=2)), name="Démo Nadia", active=True)
    return Beneficiary.registered(BeneficiaryId(uuid7()), registration, by=by, now=NOW)


@given(registrations(), WORDS)
def test_rule_26_no_event_that_partners_may_read_carries_a_personal_value(
    registration: Registration, note: str
) -> None:
    person = registered_now(registration)
    assert leaks(everything_published(person, note), values_of(person, note)) == []


@given(registrations())
def test_rule_26_the_check_sees_a_contact_on_an_open_topic(registration: Registration) -> None:
    """The control: the same values, in what the restricted topic carries."""
    person = registered_now(registration)
    contact = person.contact()
    open_topic = BookCancelled(
        book_id=UUID(int=1),
        beneficiary_id=person.id,
        reason=f"erreur sur {contact.first_name}",
    )
    assert leaks([open_topic], values_of(person, "")[:1]) == ["book.cancelled.v2"]


def test_rule_26_all_that_is_said_of_a_person_is_looked_at() -> None:
    person = registered_now(Registration.model_validate(PERSON))
    centres = {event for event in get_args(PrescriptionEvent) if issubclass(event, CentreState)}
    assert {type(event) for event in everything_published(person, "")} == {*get_args(PrescriptionEvent)} - centres


async def test_rule_26_voucher_codes_stay_here(app: FastAPI, database: Database) -> None:
    book = await prescribed(app, await registered(app))
    bodies = " ".join(text for (text,) in await rows(database, "SELECT convert_from(body, 'utf8') FROM outbox"))
    assert not [voucher for voucher in book["vouchers"] if voucher["code"] in bodies]
    assert book["reference"] in bodies, "a reference is for the contacts"


def test_rule_26_the_slots_fall_into_every_partition_of_the_contacts() -> None:
    """As aiokafka, and Java's client, choose it."""
    partitions = [(murmur2(slot.encode()) & 0x7FFFFFFF) % CONTACTS.partitions for slot in SLOTS]
    assert sorted(partitions) == [*range(CONTACTS.partitions)]
