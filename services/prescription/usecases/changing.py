"""A record is changed: how to be reached, where they live, what they are called. Rules 3 to 5 and 27."""

from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.ids import BeneficiaryId
from services.prescription import queries, wording
from services.prescription.model import (
    Agent,
    AlreadyKnown,
    Beneficiary,
    Double,
    LooksAlike,
    NothingToDecide,
    Prescriber,
    Registration,
    Resembling,
)
from services.prescription.model.names import name_key
from services.prescription.usecases.people import (
    ask_about,
    check_centre,
    flush_unique,
    look_alikes,
    references,
    upsert_claim,
)
from services.prescription.usecases.readings import note

COMPARED = {"first_name", "last_name", "birth_name", "birth_date", "commune_insee", "phone", "email"}
NOTHING = "rien de changé"


async def change_person(
    tx: Transaction, beneficiary_id: BeneficiaryId, form: Registration, *, by: Agent
) -> Beneficiary:
    """A new phone, another commune, a name corrected. Raises AlreadyKnown, LooksAlike, BornInTheFuture."""
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
    """Who has the name and birth date that the person would now have."""
    if person.is_called(form):
        return []
    return [*await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date)]


async def asked_about(tx: Transaction, person: Beneficiary) -> set[BeneficiaryId | None]:
    """Whom the person was already compared with: nobody is asked the same twice."""
    return {id_ for double in await queries.doubles_about(tx, person.id) for id_ in (double.known_id, double.other_id)}


async def asker(tx: Transaction, person: Beneficiary, by: Agent) -> Prescriber:
    """In whose name an administrator is asked; an administrator asks in the name of who registered the person."""
    return await queries.prescriber(tx, by.prescriber_id or person.registered_by)


async def record_change(tx: Transaction, person: Beneficiary, fields: list[str], by: Agent) -> None:
    """Said to the others, and who changed which fields is kept; never what was in them."""
    await flush_unique(tx, person)
    names = ", ".join(wording.FIELDS[name] for name in fields) or NOTHING
    concerns(tx, person.id, fields=names)
    note(tx, person.id, by, "changed", names)
    publish(tx, person.changed(), person.contact(*references(await queries.books_of(tx, person.id))))


async def claim_name(tx: Transaction, beneficiary_id: BeneficiaryId, form: Registration, *, by: Agent) -> Double:
    """«It is not the same person»: the name waits for an administrator; all the rest is changed now."""
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
    """An administrator has declared them distinct from their namesakes."""
    person = await queries.person_for_update(tx, beneficiary_id)
    fields = [name for name in person.differences(form) if name in person.called]
    person.call(form.model_copy(update={"age_checked": True}), now=tx.now)
    person.twin, person.version = twin, person.version + 1
    await record_change(tx, person, fields, by)
    return person
