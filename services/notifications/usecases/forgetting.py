"""Two records that become one, a person who is to be forgotten, what is too old to keep. Rules 5 and 27."""

from collections.abc import Mapping, Sequence

from chassis import erasure, journal
from chassis.db import Transaction
from chassis.outbox import publish
from chassis.periodic import Step
from contracts.ids import BeneficiaryId
from contracts.notifications import NotificationsErasureCompleted
from services.notifications import queries
from services.notifications.model import Contact
from services.notifications.settings import Settings


async def merge(tx: Transaction, merged: BeneficiaryId, kept: BeneficiaryId) -> Mapping[BeneficiaryId, BeneficiaryId]:
    """What was planned for the one is told to the other, and what comes later too. Who is who from now on."""
    await tx.flush()
    await queries.move_person(tx, merged, kept)
    await journal.merge(tx, merged, kept)
    return {merged: kept}


async def forget_contact(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """The contact's tombstone: a merge, or an erasure that prescription is going to say. Nothing can be sent now."""
    if contact := await tx.get(Contact, beneficiary_id):
        await tx.delete(contact)
    await queries.forget_contents_of(tx, beneficiary_id)


async def erase(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """With the records that were merged into theirs. Nothing that speaks of them is heard again."""
    people = [beneficiary_id, *await queries.merged_into(tx, beneficiary_id)]
    await erasure.take_turns(tx, [], erasing=people)
    await tx.flush()
    await queries.stop_what_is_under_way(tx, people)
    await queries.forget_person(tx, people)
    for person in people:
        await queries.forget_whom_they_read(tx, person, await erasure.digest_of(tx, person))
        await erasure.forget(tx, person)
    publish(tx, NotificationsErasureCompleted(beneficiary_id=beneficiary_id, service="notifications"))


def steps(settings: Settings) -> Sequence[Step]:
    """A timed job: contents first, then the persons behind the proofs, some thousands at a time."""
    return (
        lambda tx: queries.forget_contents(tx, tx.now - settings.retain_contents),
        lambda tx: queries.forget_replies(tx, tx.now - settings.retain_contents),
        lambda tx: queries.anonymise(tx, tx.now - settings.retain_proofs),
        lambda tx: queries.forget_readings(tx, tx.now - settings.retain_readings),
        lambda tx: queries.drop_old_replicas(tx, tx.now - settings.retain_proofs),
    )


async def apply_retention(tx: Transaction, settings: Settings) -> None:
    """All its steps at once."""
    for step in steps(settings):
        await step(tx)
