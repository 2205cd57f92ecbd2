"""Residents are registered, once each, and say how to be reached. Rules 3 to 5."""

from collections.abc import Iterable

from sqlalchemy.exc import IntegrityError

from chassis import db
from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.ids import BeneficiaryId, PrescriberId, uuid7
from services.prescription import queries
from services.prescription.model import (
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

ONE_OF_A_NAME = "uq_beneficiaries_name_key_birth_date_twin"


async def register(tx: Transaction, form: Registration, *, by: PrescriberId | None) -> Beneficiary:
    """Raises AlreadyKnown, LooksAlike, MayNotPrescribe."""
    prescriber = await queries.prescriber(tx, by)
    prescriber.check()
    if namesakes := await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date):
        raise AlreadyKnown([Resembling.of(namesake, prescriber.centre_id) for namesake in namesakes])
    return await add(tx, form, prescriber)


async def add(tx: Transaction, form: Registration, prescriber: Prescriber, twin: int = 0) -> Beneficiary:
    """A new record; those who look alike are shown first, and looked at again later by an administrator."""
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
    """An administrator looks at them again, later; but not at who is erased while this is asked."""
    here = await queries.ids_for_key_share(tx, {other.id for other in alike})
    for other, because in alike.items():
        if other.id in here:
            ask(tx, question(asked_by, other.id, because, person.id))


async def check_centre(tx: Transaction, form: Registration) -> None:
    """Before anything is changed. Raises NoSuchCentre."""
    if form.preferred_centre_id:
        await queries.centre(tx, form.preferred_centre_id)


async def flush_unique(tx: Transaction, person: Beneficiary) -> None:
    """Two who register one person at the same moment: the database lets one in."""
    tx.add(person)
    try:
        await tx.flush()
    except IntegrityError as error:
        if db.constraint(error) != ONE_OF_A_NAME:
            raise
        raise AlreadyKnown from error


async def look_alikes(tx: Transaction, form: Registration, person: Beneficiary) -> dict[Beneficiary, list[Because]]:
    """Whom this person may be, and why."""
    with tx.no_autoflush:
        others = await queries.perhaps_the_same(tx, form)
    alike = {other: why_alike(form, other) for other in others if other.id != person.id}
    return {other: because for other, because in alike.items() if because and other.name_key != person.name_key}


async def claim(tx: Transaction, form: Registration, *, by: PrescriberId | None) -> Double:
    """«It is not the same person»: an administrator is asked. Asking twice is asking once."""
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
    """What was told waits for a decision: of a new person, or of one who would now be called so.

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
    """For the administrator."""
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
    """Those printed on books that count, and who prescribed each."""
    counted = [book for book in books if book.state != "cancelled"]
    return tuple(book.reference for book in counted), tuple(book.prescriber_id for book in counted)
