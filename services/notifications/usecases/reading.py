"""Who looked at whose messages: every reading is recorded. Rule 27."""

from collections.abc import Iterable

from chassis.db import Transaction
from contracts.ids import BeneficiaryId
from services.notifications import queries
from services.notifications.model import RecordRead, Where


async def keep(tx: Transaction, by: str, what: Where, people: Iterable[BeneficiaryId]) -> None:
    """A list that shows telephones or words is a reading of each person in it. `by`: the subject of the sign-in."""
    read = [RecordRead(beneficiary_id=person, by=by, what=what, at=tx.now) for person in sorted({*people})]
    await queries.keep_readings(tx, read)
