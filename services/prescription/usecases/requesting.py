"""A person asks to be forgotten, changes their mind, or their day has come. Rule 27."""

from collections.abc import Sequence
from datetime import timedelta

from chassis import erasure
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.ids import BeneficiaryId
from services.prescription import queries
from services.prescription.model import (
    Agent,
    Asked,
    Beneficiary,
    Digests,
    Erasure,
    ErasureRequest,
    NothingToWithdraw,
    check_may_erase,
)
from services.prescription.usecases.erasing import erase

REPLACED = "remplacée par un effacement immédiat"


async def request_erasure(
    tx: Transaction, beneficiary_id: BeneficiaryId, asked: Asked, *, grace: timedelta
) -> ErasureRequest:
    """The person is told, and can say no until then; asking twice is asking once.

    Raises NoSuchPerson, NotTheirCentre.
    """
    person = await _survivor_for_update(tx, beneficiary_id)
    check_may_erase(asked.by, person)
    if waiting := await queries.pending_request(tx, person.id):
        return waiting
    request = ErasureRequest.asked(person.id, asked, now=tx.now, grace=grace)
    tx.add(request)
    publish(tx, request.requested(person.id))
    return request


async def withdraw_erasure(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: Agent) -> ErasureRequest:
    """Raises NothingToWithdraw, NoSuchPerson, NotTheirCentre."""
    person = await _survivor_for_update(tx, beneficiary_id)
    check_may_erase(by, person)
    request = await queries.pending_request(tx, person.id)
    if request is None:
        raise NothingToWithdraw
    request.withdraw(by.name, tx.now)
    publish(tx, request.withdrawn(person.id))
    return request


async def erase_at_once(tx: Transaction, beneficiary_id: BeneficiaryId, asked: Asked, digests: Digests) -> Erasure:
    """An administrator, when some days would harm: nobody can say no any more. Raises NoSuchPerson."""
    await _turn(tx, beneficiary_id)
    person = await _survivor_for_update(tx, beneficiary_id)
    if waiting := await queries.pending_request(tx, person.id):
        waiting.withdraw(REPLACED, tx.now)
        await tx.flush()
    tx.add(ErasureRequest.asked(person.id, asked, now=tx.now, grace=timedelta(0)))
    await tx.flush()
    return await erase(tx, person.id, cause="asked", by=asked.by.name, digests=digests)


async def erase_due(tx: Transaction, people: Sequence[BeneficiaryId], *, digests: Digests) -> None:
    """Their grace is over."""
    for beneficiary_id in people:
        await _erase_if_due(tx, beneficiary_id, digests)


async def _erase_if_due(tx: Transaction, beneficiary_id: BeneficiaryId, digests: Digests) -> None:
    """Judged again when nobody else can change it: it may have been withdrawn a moment ago."""
    await _turn(tx, beneficiary_id)
    person = await _survivor_for_update(tx, beneficiary_id)
    request = await queries.pending_request(tx, person.id)
    if request and request.state(tx.now) == "due":
        await erase(tx, person.id, cause="asked", by=request.by_name, digests=digests)


async def follow_merge(tx: Transaction, survivor_id: BeneficiaryId, merged_id: BeneficiaryId) -> None:
    """Two records were one person's, and so is what was asked under either; of two requests the first due stays."""
    requests = await queries.requests_for_update(tx, {survivor_id, merged_id})
    waiting = [request for request in requests if request.pending]
    for request in waiting[1:]:
        request.withdraw(f"réunie avec la demande {waiting[0].number}", tx.now)
    await tx.flush()
    for request in requests:
        request.beneficiary_id = survivor_id


async def forget_requests(tx: Transaction, *, after: timedelta) -> None:
    """A timed job."""
    await queries.forget_requests(tx, tx.now - after)


async def _turn(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    """Before any row is locked."""
    await erasure.take_turns(tx, [], erasing=await queries.records_of(tx, {beneficiary_id}))


async def _survivor_for_update(tx: Transaction, beneficiary_id: BeneficiaryId) -> Beneficiary:
    """Whoever prescribes, merges or erases waits; under a merged id, the one that survived. Raises NoSuchPerson."""
    person = (await queries.survivors_for_update(tx, {beneficiary_id})).get(beneficiary_id)
    if person is None:
        raise queries.NoSuchPerson
    return person
