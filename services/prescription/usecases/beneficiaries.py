"""Residents are registered, once each, and their records change: how to be reached, where they live. Rules 3 to 5."""

from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError

from chassis import db
from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.ids import BeneficiaryId, PrescriberId, uuid7
from services.prescription import queries, wording
from services.prescription.model import (
    Agent,
    AlreadyKnown,
    Beneficiary,
    Book,
    Double,
    LooksAlike,
    NothingToDecide,
    Prescriber,
    Registration,
    Resembling,
)
from services.prescription.model.double import Because, why_alike
from services.prescription.model.names import name_key
from services.prescription.usecases.record_access import add_access

COMPARED = {"first_name", "last_name", "birth_name", "birth_date", "commune_insee", "phone", "email"}
NOTHING = "rien de changé"
ONE_OF_A_NAME = "uq_beneficiaries_name_key_birth_date_twin"


async def register(tx: Transaction, form: Registration, *, by: PrescriberId | None) -> Beneficiary:
    """Make a record at the counter. Raises AlreadyKnown, LooksAlike, MayNotPrescribe."""
    prescriber = await queries.prescriber(tx, by)
    prescriber.check()
    if namesakes := await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date):
        raise AlreadyKnown([Resembling.of(namesake, prescriber.centre_id) for namesake in namesakes])
    return await add(tx, form, prescriber)


async def add(tx: Transaction, form: Registration, prescriber: Prescriber, twin: int = 0) -> Beneficiary:
    """Make a record; those who look alike are shown first, and looked at again later by an administrator."""
    await check_centre(tx, form)
    person = Beneficiary.registered(BeneficiaryId(uuid7()), form, by=prescriber, now=tx.now, twin=twin)
    alike = await look_alikes(tx, form, person)
    if alike and not form.confirmed:
        raise LooksAlike([Resembling.of(other, prescriber.centre_id) for other in alike])
    await flush_unique(tx, person)
    await ask_about(tx, person, alike, prescriber)
    publish(tx, person.announced(), person.contact())
    return person


async def ask_about(
    tx: Transaction, person: Beneficiary, alike: dict[Beneficiary, list[Because]], asked_by: Prescriber
) -> None:
    """Have an administrator look at them again, later; but not at who is erased while this is asked."""
    here = await queries.ids_for_key_share(tx, {other.id for other in alike})
    for other, because in alike.items():
        if other.id in here:
            ask(tx, question(asked_by, other.id, because, person.id))


async def check_centre(tx: Transaction, form: Registration) -> None:
    """Checks the centre before anything is changed. Raises NoSuchCentre."""
    if form.preferred_centre_id:
        await queries.centre(tx, form.preferred_centre_id)


async def flush_unique(tx: Transaction, person: Beneficiary) -> None:
    """Store one of two who register one person at the same moment. Raises AlreadyKnown for the other."""
    tx.add(person)
    try:
        await tx.flush()
    except IntegrityError as error:
        if db.constraint(error) != ONE_OF_A_NAME:
            raise
        raise AlreadyKnown from error


async def look_alikes(tx: Transaction, form: Registration, person: Beneficiary) -> dict[Beneficiary, list[Because]]:
    """Says whom this person may be, and why."""
    with tx.no_autoflush:
        others = await queries.perhaps_the_same(tx, form)
    alike = {other: why_alike(form, other) for other in others if other.id != person.id}
    return {other: because for other, because in alike.items() if because and other.name_key != person.name_key}


async def claim(tx: Transaction, form: Registration, *, by: PrescriberId | None) -> Double:
    """Ask an administrator, for «it is not the same person». Asking twice is asking once."""
    prescriber = await queries.prescriber(tx, by)
    prescriber.check()
    known = await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date)
    if not known:
        raise NothingToDecide
    double = await upsert_claim(tx, form, known[0], prescriber)
    concerns(tx, double.known_id)
    return double


async def upsert_claim(
    tx: Transaction, form: Registration, known: Beneficiary, asked_by: Prescriber, other_id: BeneficiaryId | None = None
) -> Double:
    """Store the form until it is decided: of a new person, or of one who would now be called so.

    Raises NothingToDecide when their namesake was erased a moment ago.
    """
    if not await queries.ids_for_key_share(tx, {known.id}):
        raise NothingToDecide
    for asked in await queries.doubles_about(tx, known.id):
        if asked.claimed and asked.outcome is None and asked.other_id == other_id:
            return asked
    double = question(asked_by, known.id, ["name_and_birth"], other_id)
    double.claim = form.model_dump(mode="json")
    return ask(tx, double)


def question(
    asked_by: Prescriber, known_id: BeneficiaryId, because: list[Because], other_id: BeneficiaryId | None = None
) -> Double:
    """Makes a question for the administrator."""
    return Double(
        id=uuid7(),
        known_id=known_id,
        other_id=other_id,
        claim=None,
        because=because,
        asked_by=asked_by.id,
        centre_id=asked_by.centre_id,
        outcome=None,
        reason="",
        decided_by="",
        decided_at=None,
    )


def ask(tx: Transaction, double: Double) -> Double:
    double.asked_at = tx.now
    tx.add(double)
    return double


def references(books: Iterable[Book]) -> tuple[tuple[str, ...], tuple[PrescriberId, ...]]:
    """Lists those printed on books that count, and who prescribed each."""
    counted = [book for book in books if book.state != "cancelled"]
    return tuple(book.reference for book in counted), tuple(book.prescriber_id for book in counted)


async def change_person(
    tx: Transaction, beneficiary_id: BeneficiaryId, form: Registration, *, by: Agent
) -> Beneficiary:
    """Change a phone, a commune, a name. Raises AlreadyKnown, LooksAlike, BornInTheFuture, OddAge."""
    await check_centre(tx, form)
    person = await queries.person_for_update(tx, beneficiary_id)
    if namesakes := await others_called(tx, person, form):
        raise AlreadyKnown([Resembling.of(namesake, by.centre_id) for namesake in namesakes])
    asked = await asked_about(tx, person)
    fields = person.differences(form)
    person.update(form, now=tx.now)
    alike = await look_alikes(tx, form, person) if COMPARED & {*fields} else {}
    new = {other: because for other, because in alike.items() if other.id not in asked}
    if new and not form.confirmed:
        raise LooksAlike([Resembling.of(other, by.centre_id) for other in new])
    await record_change(tx, person, fields, by)
    await ask_about(tx, person, new, await asker(tx, person, by))
    return person


async def others_called(tx: Transaction, person: Beneficiary, form: Registration) -> list[Beneficiary]:
    """Lists who has the name and birth date that the person would now have."""
    if person.is_called(form):
        return []
    return [*await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date)]


async def asked_about(tx: Transaction, person: Beneficiary) -> set[BeneficiaryId | None]:
    """Lists whom the person was already compared with: nobody is asked the same twice."""
    return {id_ for double in await queries.doubles_about(tx, person.id) for id_ in (double.known_id, double.other_id)}


async def asker(tx: Transaction, person: Beneficiary, by: Agent) -> Prescriber:
    """Says in whose name an administrator is asked; one who asks does so in the name of who registered the person."""
    return await queries.prescriber(tx, by.prescriber_id or person.registered_by)


async def record_change(tx: Transaction, person: Beneficiary, fields: list[str], by: Agent) -> None:
    """Publish the change, and record who changed which fields; never what was in them."""
    await flush_unique(tx, person)
    names = ", ".join(wording.FIELDS[name] for name in fields) or NOTHING
    concerns(tx, person.id, fields=names)
    add_access(tx, person.id, by, "changed", names)
    publish(tx, person.changed(), person.contact(*references(await queries.books_of(tx, person.id))))


async def claim_name(tx: Transaction, beneficiary_id: BeneficiaryId, form: Registration, *, by: Agent) -> Double:
    """Let the name wait for an administrator, for «it is not the same person»; all the rest is changed now."""
    person = await queries.person_for_update(tx, beneficiary_id)
    known = await others_called(tx, person, form)
    if not known:
        raise NothingToDecide
    rest = form.model_copy(update={**person.called, "confirmed": True})
    await change_person(tx, beneficiary_id, rest, by=by)
    return await upsert_claim(tx, form, known[0], await asker(tx, person, by), person.id)


async def rename(
    tx: Transaction, beneficiary_id: BeneficiaryId, form: Registration, *, twin: int, by: Agent
) -> Beneficiary:
    """Take the name, once an administrator has declared them distinct from their namesakes."""
    person = await queries.person_for_update(tx, beneficiary_id)
    fields = [name for name in person.differences(form) if name in person.called]
    person.call(form.model_copy(update={"age_checked": True}), now=tx.now)
    person.twin, person.version = twin, person.version + 1
    await record_change(tx, person, fields, by)
    return person
