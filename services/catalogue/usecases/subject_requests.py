"""Catalogue knows no resident: asked for a copy or an erasure, it answers that. Rule 27."""

from chassis.db import Transaction
from chassis.erasure import forget
from chassis.outbox import publish
from contracts.catalogue import CatalogueCopyAnswered, CatalogueErasureCompleted
from contracts.prescription import BeneficiaryErased, CopyRequested
from county import copies


async def answer_copy(tx: Transaction, asked: CopyRequested) -> None:
    """Answer that nothing of this person is stored here."""
    await copies.answer(tx, asked, CatalogueCopyAnswered, lambda: ())


async def erase_beneficiary(tx: Transaction, event: BeneficiaryErased) -> None:
    """Confirm the erasure, and store nothing that a late event has of that person."""
    await forget(tx, event.beneficiary_id)
    publish(tx, CatalogueErasureCompleted(beneficiary_id=event.beneficiary_id, service="catalogue"))
