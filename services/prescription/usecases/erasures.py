"""A person asks to be forgotten, changes their mind, or their day has come; all four services answer. Rule 27."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from chassis import erasure
from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from chassis.outbox import publish
from contracts.booking import BookingErasureCompleted
from contracts.catalogue import CatalogueErasureCompleted
from contracts.contacts import ContactErased, ContactsTicked
from contracts.ids import BeneficiaryId
from contracts.notifications import NotificationsErasureCompleted
from contracts.prescription import BeneficiaryErased, PrescriptionErasureCompleted
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
    codes,
)
from services.prescription.model.erasure import SLOTS, Cause

ErasureAnswer = CatalogueErasureCompleted | BookingErasureCompleted | NotificationsErasureCompleted

REPLACED = "remplacée par un effacement immédiat"


async def request_erasure(
    tx: Transaction, beneficiary_id: BeneficiaryId, asked: Asked, *, grace: timedelta
) -> ErasureRequest:
    """Begin the grace, in which the person is told and can say no; asking twice is asking once.

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
    """End the request. Raises NothingToWithdraw, NoSuchPerson, NotTheirCentre."""
    person = await _survivor_for_update(tx, beneficiary_id)
    check_may_erase(by, person)
    request = await queries.pending_request(tx, person.id)
    if request is None:
        raise NothingToWithdraw
    request.withdraw(by.name, tx.now)
    publish(tx, request.withdrawn(person.id))
    return request


async def erase_at_once(tx: Transaction, beneficiary_id: BeneficiaryId, asked: Asked, digests: Digests) -> Erasure:
    """Erase for an administrator, when some days would harm: nobody can say no any more. Raises NoSuchPerson."""
    await _turn(tx, beneficiary_id)
    person = await _survivor_for_update(tx, beneficiary_id)
    if waiting := await queries.pending_request(tx, person.id):
        waiting.withdraw(REPLACED, tx.now)
        await tx.flush()
    tx.add(ErasureRequest.asked(person.id, asked, now=tx.now, grace=timedelta(0)))
    await tx.flush()
    return await erase(tx, person.id, cause="asked", by=asked.by.name, digests=digests)


async def erase_due(tx: Transaction, people: Sequence[BeneficiaryId], *, digests: Digests) -> None:
    """Erase those whose grace is over."""
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
    """Give the survivor what was asked under either id; of two requests the first due stays."""
    requests = await queries.requests_for_update(tx, {survivor_id, merged_id})
    waiting = [request for request in requests if request.pending]
    for request in waiting[1:]:
        request.withdraw(f"réunie avec la demande {waiting[0].number}", tx.now)
    await tx.flush()
    for request in requests:
        request.beneficiary_id = survivor_id


async def forget_requests(tx: Transaction, *, after: timedelta) -> None:
    """Delete old requests, as a timed job."""
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


async def erase(tx: Transaction, beneficiary_id: BeneficiaryId, *, cause: Cause, by: str, digests: Digests) -> Erasure:
    """Forget, publish it, and store who has answered. What was merged is one person, asked for under either id.

    Whoever waits to be erased is, whatever the cause; the request says of whom by a digest alone.
    """
    await _turn(tx, beneficiary_id)
    person = await _survivor_for_update(tx, beneficiary_id)
    ids = [person.id, *(merge.merged_id for merge in await queries.merged_into(tx, person.id))]
    number = await _anonymous_requests(tx, person, ids, digests)
    await queries.forget_person(tx, person.id, digests.of_id(person.id))
    await queries.forget_doubles(tx, ids)
    for id_ in ids:
        await erasure.forget(tx, id_)
        publish(tx, BeneficiaryErased(beneficiary_id=id_), ContactErased(beneficiary_id=id_))
    publish(tx, PrescriptionErasureCompleted(beneficiary_id=person.id, service="prescription"))
    tick(tx)
    begun = Erasure.begun(person.id, cause, by=by, number=number, now=tx.now)
    tx.add(begun)
    return begun


async def _anonymous_requests(
    tx: Transaction, person: Beneficiary, ids: Sequence[BeneficiaryId], digests: Digests
) -> str:
    """The number of the one that waited, which is what the person was told; or a new one."""
    requests = await queries.requests_for_update(tx, ids)
    waiting = [request.number for request in requests if request.pending]
    for request in requests:
        request.forget(person, ids, digests, tx.now)
    return waiting[0] if waiting else codes.new_code(codes.BOOK_LENGTH)


def record_erasure_answer(tx: Transaction, requests: dict[BeneficiaryId, Erasure], answer: ErasureAnswer) -> None:
    if request := requests.get(answer.beneficiary_id):
        request.answered(answer.service, tx.now)


async def long_gone(reading: Reading, now: datetime, *, after: timedelta) -> Sequence[BeneficiaryId]:
    return await queries.long_gone(reading, (now.astimezone(PARIS) - after).date(), now)


async def forget_the_long_gone(
    tx: Transaction, among: Collection[BeneficiaryId] | None = None, *, after: timedelta, digests: Digests
) -> None:
    """Erase who has not come for long, as a timed job: nobody is stored longer than needed. All, or among some."""
    last_day = (tx.now.astimezone(PARIS) - after).date()
    people = await long_gone(tx, tx.now, after=after) if among is None else among
    await erasure.take_turns(tx, [], erasing=await queries.records_of(tx, people))
    await queries.survivors_for_update(tx, people)
    for beneficiary_id in {*people} & {*await queries.long_gone(tx, last_day, tx.now, among=people)}:
        await erase(tx, beneficiary_id, cause="retention", by="durée de conservation", digests=digests)


async def forget_old_bookings(tx: Transaction, *, after: timedelta) -> None:
    """Delete old places, as part of a timed job: hours of nobody stay."""
    await queries.forget_old_bookings(tx, tx.now - after)


async def forget_old_notices(tx: Transaction, *, after: timedelta) -> None:
    """Delete old messages that did not arrive, as part of a timed job."""
    await queries.forget_old_notices(tx, tx.now - after)


def tick(tx: Transaction) -> None:
    """Publish one record in each partition of the contacts: a quiet one would have the erased on its disk for long."""
    publish(tx, *[ContactsTicked(slot=slot) for slot in SLOTS])


async def tick_contacts(tx: Transaction) -> None:
    """Tick, as a timed job."""
    tick(tx)
