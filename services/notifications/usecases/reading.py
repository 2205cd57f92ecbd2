"""Who looked at whose messages: every reading is recorded. Rule 27."""

from collections.abc import Iterable

from chassis import erasure
from chassis.db import Transaction
from contracts.ids import BeneficiaryId
from services.notifications import queries
from services.notifications.model import RecordRead, Where


async def keep(tx: Transaction, by: str, what: Where, people: Iterable[BeneficiaryId]) -> None:
    """A list that shows telephones or words is a reading of each person in it; not of who is erased meanwhile.

    `by`: the subject of the sign-in.
    """
    here = await erasure.staying(tx, {*people})
    read = [RecordRead(beneficiary_id=BeneficiaryId(one), by=by, what=what, at=tx.now) for one in sorted(here)]
    await queries.keep_readings(tx, read)
