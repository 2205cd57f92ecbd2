"""Prescription's own events, read back into its tables after a restore.

Names, birth dates and voucher codes are on no topic that others read: of who was registered since, a person completes
the record, and books prescribed since are printed again. Decision 0076 says, event by event, what comes back.
"""

from collections.abc import Collection
from uuid import UUID

from chassis.db import Transaction
from chassis.recovery import Lost
from contracts.accounts import AccountChanged
from contracts.agents import AgentStated
from contracts.contacts import ContactStated
from contracts.event import CloudEvent
from contracts.prescription import (
    BeneficiaryChanged,
    BeneficiaryErasureRequested,
    BeneficiaryErasureWithdrawn,
    BeneficiaryMerged,
    BeneficiaryRegistered,
    BookCancelled,
    BookCorrected,
    BookExpired,
    BookPrescribed,
    CentreChanged,
    CentreClosed,
    CentreOpened,
    PrescriptionErasureCompleted,
)
from services.prescription import queries
from services.prescription.model import Centre, Digests
from services.prescription.recovery import accounts, beneficiaries, books, erasures
from services.prescription.usecases.forgetting import AGAIN


async def recover(tx: Transaction, lost: Lost, *, digests: Digests) -> Collection[UUID]:
    """Take up each event in its order. What others published is read again by the consumers, as it is."""
    for envelope in lost.published:
        await _take_up(tx, envelope, digests)
        await tx.flush()
    return ()


async def _take_up(tx: Transaction, envelope: CloudEvent, digests: Digests) -> None:
    match envelope.event:
        case CentreOpened() | CentreChanged() | CentreClosed() as event:
            await _take_up_centre(tx, event)
        case BeneficiaryRegistered() | BeneficiaryChanged() as event:
            await beneficiaries.take_up_public(tx, event)
        case ContactStated() as event:
            await beneficiaries.take_up_contact(tx, event)
            await books.take_up_references(tx, event)
        case BookPrescribed() as event:
            await books.take_up(tx, event)
        case AccountChanged() | AgentStated() as event:
            await accounts.take_up(tx, event)
        case _:
            await _follow(tx, envelope, digests)


async def _follow(tx: Transaction, envelope: CloudEvent, digests: Digests) -> None:
    """What became of a person or a book; a contact that was erased has nothing more to say."""
    match envelope.event:
        case BookCancelled() | BookCorrected() | BookExpired() as event:
            await books.follow(tx, event, envelope)
        case BeneficiaryMerged() as event:
            await beneficiaries.merge_again(tx, event, envelope.time, AGAIN)
        case BeneficiaryErasureRequested() | BeneficiaryErasureWithdrawn() as event:
            await erasures.follow(tx, event, envelope.time)
        case PrescriptionErasureCompleted() as event:
            await erasures.erase_again(tx, event, digests)
        case _:
            pass


async def _take_up_centre(tx: Transaction, event: CentreOpened | CentreChanged | CentreClosed) -> None:
    known = await queries.centre_for_update(tx, event.centre_id)
    if known is None or known.version < event.version:
        state = event.model_dump(exclude={"centre_id"})
        await tx.merge(Centre(id=event.centre_id, is_open=not isinstance(event, CentreClosed), **state))
