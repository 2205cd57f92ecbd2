"""A person asks for what is stored of them: each service answers, and the whole is handed to them. Rule 27.

What is answered is sealed for that one copy. Its key is gone with it: after some days, or when the person is erased.
"""

import asyncio
import base64
from datetime import timedelta
from functools import partial

from chassis import sealing
from chassis.db import Transaction
from chassis.outbox import publish
from contracts.booking import BookingCopyAnswered
from contracts.catalogue import CatalogueCopyAnswered
from contracts.copies import PersonalCopy
from contracts.ids import BeneficiaryId
from contracts.notifications import NotificationsCopyAnswered
from contracts.prescription import CopyRequested
from county import copies
from services.prescription import queries, texts
from services.prescription.model import Agent, Beneficiary, Copy, CopyNotReady, CopyPart, check_copied_by
from services.prescription.model.record_access import BY_ITS_CENTRE
from services.prescription.usecases.record_access import record_access

CopyAnswer = CatalogueCopyAnswered | BookingCopyAnswered | NotificationsCopyAnswered

ASKED, HANDED = "copie demandée", "copie remise"
BY_THE_ADMINISTRATION = "demande de la personne à l'administration"


async def request_copy(tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, secret: str) -> Copy:
    """Ask each service for what it stores. Asked for again, it is the same copy: who has not answered is asked again.

    Raises CopyOfAnother, NoSuchPerson.
    """
    person = await queries.person_for_update(tx, (await queries.person(tx, beneficiary_id)).id)
    await _trace(tx, person, agent, ASKED)
    copy = await queries.copy_of(tx, person.id)
    if copy and copy.ready_at:
        return copy
    if asked_anew := copy is None:
        copy = Copy.asked(person.id, sealing.new_salt(), by=agent, now=tx.now)
        tx.add(copy)
        await tx.flush()
    asked = _asked(copy, secret)
    if asked_anew:
        await _answer_ourselves(tx, copy, asked)
    publish(tx, asked)
    return copy


def _asked(copy: Copy, secret: str) -> CopyRequested:
    key = base64.b64encode(sealing.public_key(secret, copy.salt)).decode()
    return CopyRequested(copy_id=copy.id, beneficiary_id=copy.beneficiary_id, public_key=key)


async def _answer_ourselves(tx: Transaction, copy: Copy, asked: CopyRequested) -> None:
    stored = await queries.stored_of(tx, copy.beneficiary_id)
    sealed = await copies.sealed_of(asked, "prescription", tx.now, partial(texts.sections, stored))
    tx.add_all(
        CopyPart(copy_id=copy.id, service="prescription", part=number, sealed=base64.b64decode(text))
        for number, text in enumerate(sealed, 1)
    )
    copy.answered("prescription", tx.now)


async def record_copy_answer(tx: Transaction, copy: Copy | None, answer: CopyAnswer) -> None:
    """Store a part, but nothing for a copy that is gone or that this service has answered. A first part begins anew."""
    if copy is None or copy.answers[answer.service]:
        return
    if answer.part == 1:
        await queries.forget_parts(tx, copy.id, answer.service)
    part = {"copy_id": copy.id, "service": answer.service, "part": answer.part}
    await tx.merge(CopyPart(**part, sealed=base64.b64decode(answer.sealed)))
    await tx.flush()
    if await queries.parts_count(tx, copy.id, answer.service) == answer.parts:
        copy.answered(answer.service, tx.now)


async def hand_copy(tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, secret: str) -> PersonalCopy:
    """Open it, and leave the trace that it was. Raises CopyNotReady, CopyOfAnother, NoSuchPerson."""
    person = await queries.person(tx, beneficiary_id)
    await _trace(tx, person, agent, HANDED)
    copy = await queries.copy_of(tx, person.id)
    if copy is None or copy.ready_at is None:
        raise CopyNotReady
    parts = await queries.parts_of(tx, copy.id)

    def opened() -> PersonalCopy:
        services = [copies.opened(parts[service], copy.id, service, secret, copy.salt) for service in copy.answers]
        return PersonalCopy(name=person.name, asked_at=copy.asked_at, services=tuple(services))

    return await asyncio.to_thread(opened)


async def _trace(tx: Transaction, person: Beneficiary, agent: Agent, what: str) -> None:
    check_copied_by(agent, person)
    why = BY_ITS_CENTRE if agent.follows(person) else BY_THE_ADMINISTRATION
    await record_access(tx, person.id, agent, "copy", f"{what}, {why}")


async def forget_copies(tx: Transaction, *, after: timedelta, due: timedelta) -> None:
    """Delete copies, as a timed job: `after` they were ready; what never was, at twice the time that the law gives."""
    await queries.forget_copies(tx, tx.now - after, tx.now - 2 * due)
