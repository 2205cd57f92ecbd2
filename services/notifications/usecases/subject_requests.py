"""What a person may ask of what is stored of them, a copy or erasure; how long it is stored. Rules 5 and 27."""

from collections.abc import Mapping, Sequence
from functools import partial

from chassis import erasure, journal
from chassis.db import Transaction
from chassis.outbox import publish
from chassis.periodic import Step
from contracts.ids import BeneficiaryId
from contracts.notifications import NotificationsCopyAnswered, NotificationsErasureCompleted
from contracts.prescription import CopyRequested
from county import copies
from services.notifications import queries
from services.notifications.settings import Settings
from services.notifications.texts import copied


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    """Answer with all that notifications has of the person, sealed for that copy."""
    await tx.flush()
    stored = await queries.stored_of(tx, asked.beneficiary_id)
    await copies.answer(tx, asked, NotificationsCopyAnswered, partial(copied, stored))


async def merge(
    tx: Transaction, merged: BeneficiaryId, survivor: BeneficiaryId
) -> Mapping[BeneficiaryId, BeneficiaryId]:
    """Give what was planned for one record to the other, and what comes later too. Who is who from now on."""
    await tx.flush()
    await queries.move_person(tx, merged, survivor)
    await journal.merge(tx, merged, survivor)
    return {merged: survivor}


async def forget_contact(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """Follow the contact's tombstone: a merge, or an erasure yet to be published. Nothing can be sent now."""
    if contact := await queries.contact_of(tx, beneficiary_id):
        await tx.delete(contact)
    await queries.forget_contents_of(tx, beneficiary_id)


async def erase(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """Erase the person, with the records that were merged into theirs. No later event brings them back."""
    people = [beneficiary_id, *await queries.merged_into(tx, beneficiary_id)]
    await erasure.take_turns(tx, [], erasing=people)
    await tx.flush()
    await queries.stop_what_is_under_way(tx, people)
    await queries.forget_person(tx, people)
    for person in people:
        await queries.forget_whom_they_read(tx, person, await erasure.digest_of(tx, person))
        await erasure.forget(tx, person)
    publish(tx, NotificationsErasureCompleted(beneficiary_id=beneficiary_id, service="notifications"))


def retention_steps(settings: Settings) -> Sequence[Step]:
    """List the steps of a timed job: contents first, then the persons behind the proofs, some thousands at a time."""
    return (
        lambda tx: queries.forget_contents(tx, tx.now - settings.retain_contents),
        lambda tx: queries.forget_replies(tx, tx.now - settings.retain_contents),
        lambda tx: queries.anonymise(tx, tx.now - settings.retain_proofs),
        lambda tx: queries.forget_readings(tx, tx.now - settings.retain_readings),
        lambda tx: queries.drop_old_replicas(tx, tx.now - settings.retain_proofs),
    )


async def apply_retention(tx: Transaction, settings: Settings) -> None:
    """Take all steps at once."""
    for step in retention_steps(settings):
        await step(tx)
