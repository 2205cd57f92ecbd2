"""Who asked to be erased since, or changed their mind; and whoever was erased since is erased again."""

from datetime import datetime, timedelta

from chassis.db import Transaction
from contracts.prescription import (
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    PrescriptionErasureCompleted,
)
from services.prescription import queries, usecases
from services.prescription.model import Digests, ErasureRequest
from services.prescription.usecases.forgetting import AGAIN, RESTORED, ask_again

NOTHING = timedelta(0)


async def follow(
    tx: Transaction, event: BeneficiaryErasureRequested | BeneficiaryErasureWithdrawn, at: datetime
) -> None:
    """Take up the request, or its end; who asked, and why, was not published."""
    request = await queries.request_or_none(tx, event.request_id)
    match event:
        case BeneficiaryErasureWithdrawn():
            if request and request.pending:
                request.withdraw(AGAIN, at)
        case BeneficiaryErasureRequested():
            person = (await queries.survivors_for_update(tx, {event.beneficiary_id})).get(event.beneficiary_id)
            if request is None and person:
                request = ErasureRequest.asked(person.id, RESTORED, now=at, grace=event.due_at - at)
                request.id = event.request_id
                tx.add(request)


async def erase_again(tx: Transaction, event: PrescriptionErasureCompleted, digests: Digests) -> None:
    """Erase without publishing, which was done then; the others answer again, for their answers are read again."""
    before = len(tx.published)
    await ask_again(tx, event.beneficiary_id)
    await usecases.erase(tx, event.beneficiary_id, cause="asked", by=AGAIN, digests=digests)
    del tx.published[before:]
