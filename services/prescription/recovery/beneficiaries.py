"""Residents as they were published: all but their names, which others know in part, and their birth dates."""

from datetime import date, datetime, time

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.plain import plain
from contracts.contacts import ContactStated
from contracts.ids import CentreId, PrescriberId, uuid7
from contracts.prescription import BeneficiaryChanged, BeneficiaryMerged, BeneficiaryRegistered
from county.communes import by_insee
from services.prescription import queries
from services.prescription.model import Agent, Beneficiary, Prescriber, merge_histories
from services.prescription.usecases.doubles import move_history

UNKNOWN_BIRTH = date(1900, 1, 1)
"""Whoever has it must be completed by their centre: they are found by it."""
UNKNOWN_COMMUNE = "26000"
"""Until their contact is read; one of before it had the commune leaves it to be completed."""
UNKNOWN = "à compléter"
STATED = ("version", "channel", "phone", "phone_kind", "email", "language_level")


async def take_up_public(tx: Transaction, event: BeneficiaryRegistered | BeneficiaryChanged) -> None:
    person = await queries.person_or_none(tx, event.beneficiary_id)
    if person is None:
        person = await _begun(tx, event)
        tx.add(person)
        person.registered_at = datetime.combine(event.registered_on, time(12), PARIS)
    person.centre_id, person.msa, person.audiences = event.centre_id, event.msa, [*event.audiences]


async def _begun(tx: Transaction, event: BeneficiaryRegistered | BeneficiaryChanged) -> Beneficiary:
    """Nobody's namesake: the key of their name is their id until it is known."""
    person = Beneficiary(
        id=event.beneficiary_id, version=0, preferred_centre_id=None, channel="call", phone=None, phone_kind=None,
        email=None, postal_address=None, language_level="fluent", support_needs=[], opt_outs=[], quiet_kinds=[],
        wallet_version=0, hours_followed=0, first_hour_on=None, last_hour_on=None, birth_date=UNKNOWN_BIRTH, twin=0,
        registered_by=await somebody(tx, event.centre_id), commune_insee=UNKNOWN_COMMUNE, epci=event.epci or "",
    )  # fmt: skip
    _call(person, UNKNOWN, UNKNOWN)
    return person


async def somebody(tx: Transaction, centre_id: CentreId) -> PrescriberId:
    """Names one of the centre for who registered them, which was not published."""
    known = await queries.first_prescriber_of(tx, centre_id)
    return known or await prescriber(tx, PrescriberId(uuid7()), centre_id)


async def prescriber(tx: Transaction, prescriber_id: PrescriberId, centre_id: CentreId) -> PrescriberId:
    """One who was named since may not prescribe until an administrator has named them again."""
    if await queries.prescriber_or_none(tx, prescriber_id) is None:
        tx.add(Prescriber(id=prescriber_id, centre_id=centre_id, name=UNKNOWN, active=False))
        await tx.flush()
    return prescriber_id


async def take_up_contact(tx: Transaction, event: ContactStated) -> None:
    """Take up how to be reached; nothing of who was merged or erased since: their record is gone."""
    person = await queries.person_or_none(tx, event.beneficiary_id)
    if person is None or person.version > event.version:
        return
    for name in STATED:
        setattr(person, name, getattr(event, name))
    person.opt_outs, person.support_needs = [*event.opt_outs], [*event.support_needs]
    person.registered_at = event.registered_at or person.registered_at
    _settle(person, event)
    person.preferred_centre_id = None if event.centre_id == person.centre_id else event.centre_id
    lines = event.postal_address
    person.postal_address = "\n".join(lines[1:]) if lines else None
    _name(person, event)


def _settle(person: Beneficiary, event: ContactStated) -> None:
    if commune := by_insee(event.commune_insee or ""):
        person.commune_insee, person.epci = commune.insee, commune.epci_siren


def _name(person: Beneficiary, event: ContactStated) -> None:
    """An envelope has the whole name; without one the last name is its initial, until a person completes it."""
    known = (person.first_name, person.last_name[:1].upper()) == (event.first_name, event.last_initial)
    whole = event.postal_address[0].removeprefix(f"{event.first_name} ") if event.postal_address else ""
    if whole or not known:
        _call(person, event.first_name, whole or f"{event.last_initial}.")


def _call(person: Beneficiary, first_name: str, last_name: str) -> None:
    if (person.first_name, person.last_name) == (first_name, last_name):
        return
    person.first_name, person.last_name = first_name, last_name
    person.plain_name, person.name_key = plain(f"{last_name} {first_name}"), str(person.id)


async def merge_again(tx: Transaction, event: BeneficiaryMerged, at: datetime, reason: str) -> None:
    """Merge as then. What was decided about their books had been answered: a merge waits for that."""
    people = await queries.people_for_update(tx, {event.kept_id, event.merged_id})
    if len(people) != 2:  # noqa: PLR2004 - the two
        return
    await queries.judge_ranks_at_the_end(tx)
    books = await queries.books_of(tx, event.kept_id, event.merged_id)
    for change in (change for book in books for change in book.changes if change.confirmed_at is None):
        change.confirmed_at, change.done = at, True
    merge_histories(books, event.kept_id)
    await tx.flush()
    agent = Agent("", reason, "system")
    await move_history(tx, event.kept_id, event.merged_id, reason=reason, by=agent)
    await tx.delete(people[event.merged_id])
    await tx.flush()
    people[event.kept_id].absorb(people[event.merged_id])
