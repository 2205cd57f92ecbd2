"""Stored names are compared by the letters of today: another version, or another library, may have written them."""

from uuid import UUID

from sqlalchemy import Row

from chassis.db import Transaction
from chassis.plain import plain
from contracts.ids import BeneficiaryId
from services.prescription import queries
from services.prescription.model import Beneficiary
from services.prescription.model.names import name_key
from services.prescription.usecases.people import ask, question

AT_ONCE = 1000  # people read by one statement


async def refold_names(tx: Transaction) -> int:
    """How many were stored otherwise than they are compared now. Two who are now of one name wait for a decision."""
    changed, after = 0, UUID(int=0)
    while people := await queries.stored_names(tx, after, AT_ONCE):
        after = people[-1].id
        strangers = [one for one in people if _folded(one.first_name, one.last_name) != (one.plain_name, one.name_key)]
        for stranger in strangers:
            await _refold(tx, stranger)
        changed += len(strangers)
    return changed


def _folded(first_name: str, last_name: str) -> tuple[str, str]:
    return plain(f"{last_name} {first_name}"), name_key(first_name, last_name)


async def _refold(tx: Transaction, stored: Row[BeneficiaryId, str, str, str, str]) -> None:
    person = (await queries.people_locked(tx, {stored.id})).get(stored.id)
    if person is None:
        return
    plain_name, key = _folded(person.first_name, person.last_name)
    namesakes = [one for one in await queries.namesakes(tx, key, person.birth_date) if one.id != person.id]
    if namesakes and key != person.name_key:
        person.twin = namesakes[-1].twin + 1
        await _ask_who_it_is(tx, person, namesakes[0])
    person.plain_name, person.name_key = plain_name, key
    await tx.flush()


async def _ask_who_it_is(tx: Transaction, person: Beneficiary, namesake: Beneficiary) -> None:
    """Both stay as they are until an administrator has looked: nobody is merged by a program. Rule 5."""
    asked_by = await queries.named(tx, person.registered_by)
    ask(tx, question(asked_by, namesake.id, ["name_and_birth"], person.id))
