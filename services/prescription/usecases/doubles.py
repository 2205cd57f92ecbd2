"""Two records of one person become one; two persons of one name stay two. A person decides, with a reason. Rule 5."""

from uuid import UUID

from chassis import journal
from chassis.db import Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.contacts import ContactErased
from contracts.ids import BeneficiaryId
from contracts.prescription import BeneficiaryMerged
from services.prescription import queries
from services.prescription.model import Agent, Beneficiary, Merge, SamePerson, merge_histories
from services.prescription.model.names import name_key
from services.prescription.usecases.beneficiaries import add, references, rename
from services.prescription.usecases.erasures import follow_merge


async def merge(
    tx: Transaction, survivor_id: BeneficiaryId, merged_id: BeneficiaryId, *, reason: str, by: Agent
) -> Beneficiary:
    """Make one history under `survivor_id`. Raises MergeExceedsTheCap, AnswerAwaited, SamePerson, NoSuchPerson."""
    if survivor_id == merged_id:
        raise SamePerson
    people = await queries.people_for_update(tx, {survivor_id, merged_id})
    if len(people) != 2:  # noqa: PLR2004 - the two
        raise queries.NoSuchPerson
    survivor, merged = people[survivor_id], people[merged_id]
    await queries.judge_ranks_at_the_end(tx)
    books = await queries.books_of(tx, survivor_id, merged_id)
    merge_histories(books, survivor_id)
    await tx.flush()
    await move_history(tx, survivor_id, merged_id, reason=reason, by=by)
    await tx.delete(merged)
    await tx.flush()
    survivor.absorb(merged)
    merged_into = BeneficiaryMerged(kept_id=survivor_id, merged_id=merged_id)
    publish(tx, merged_into, survivor.changed(), ContactErased(beneficiary_id=merged_id))
    publish(tx, survivor.contact(*references(books)))
    return survivor


async def move_history(
    tx: Transaction, survivor_id: BeneficiaryId, merged_id: BeneficiaryId, *, reason: str, by: Agent
) -> None:
    """Give the survivor what was stored, opened, asked and decided about the other record."""
    await queries.reassign_to_survivor(tx, merged_id, survivor_id)
    await journal.merge(tx, merged_id, survivor_id)
    await follow_merge(tx, survivor_id, merged_id)
    tx.add(Merge(merged_id=merged_id, survivor_id=survivor_id, reason=reason, by=by.name, at=tx.now))
    for double in await queries.doubles_about(tx, merged_id):
        if double.outcome is None and {double.known_id, double.other_id} == {survivor_id, merged_id}:
            double.decide("merged", reason=reason, by=by.name, now=tx.now)
        double.known_id = survivor_id if double.known_id == merged_id else double.known_id
        double.other_id = survivor_id if double.other_id == merged_id else double.other_id


async def declare_distinct(tx: Transaction, double_id: UUID, *, reason: str, by: Agent) -> Beneficiary | None:
    """Make the record or the name that was refused, and tell it apart from its namesakes by its `twin`."""
    double = await queries.double_for_update(tx, double_id)
    concerns(tx, double.known_id)
    form = double.claimed
    double.decide("distinct", reason=reason, by=by.name, now=tx.now)
    if form is None:
        return None
    namesakes = await queries.namesakes(tx, name_key(form.first_name, form.last_name), form.birth_date)
    twin = max((namesake.twin for namesake in namesakes), default=-1) + 1
    if double.other_id:
        return await rename(tx, double.other_id, form, twin=twin, by=by)
    asked_by = await queries.prescriber(tx, double.asked_by)
    made = await add(tx, form.model_copy(update={"confirmed": True, "age_checked": True}), asked_by, twin)
    double.other_id = made.id
    return made


async def same_person(tx: Transaction, double_id: UUID, *, reason: str, by: Agent) -> None:
    """Close the question: the registration was of the person who is known, there is nothing to merge or to make."""
    double = await queries.double_for_update(tx, double_id)
    concerns(tx, double.known_id)
    double.decide("same", reason=reason, by=by.name, now=tx.now)
