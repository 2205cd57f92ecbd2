"""Stored names are compared by the letters of today: another version, or another library, may have written them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row

from chassis.db import Reading, Transaction
from contracts.ids import BeneficiaryId
from services.prescription import queries
from services.prescription.model import Beneficiary
from services.prescription.model.names import folded
from services.prescription.usecases.beneficiaries import ask, question

Stored = Row[BeneficiaryId, str, str, str | None, str, str]
AT_ONCE = 1000  # people read by one statement


async def stale_names(reading: Reading, _: datetime | None = None) -> list[BeneficiaryId]:
    """Lists who was stored otherwise than they are compared now."""
    stale, after = list[BeneficiaryId](), UUID(int=0)
    while people := await queries.stored_names(reading, after, AT_ONCE):
        after = people[-1].id
        stale += [person.id for person in people if _is_stale(person)]
    return stale


async def refold_names(tx: Transaction, among: Sequence[BeneficiaryId] | None = None) -> int:
    """Store them as they are compared now, all or some: how many. Two who are now of one name wait for a decision."""
    stale = await stale_names(tx) if among is None else among
    for beneficiary_id in stale:
        await _refold(tx, beneficiary_id)
    return len(stale)


def _is_stale(stored: Stored) -> bool:
    """Who was rebuilt from what others know has their id for a key, until their centre has completed the record."""
    plain_name, key = folded(stored.first_name, stored.last_name, stored.birth_name)
    return stored.plain_name != plain_name or stored.name_key not in {key, str(stored.id)}


async def _refold(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    person = (await queries.people_for_update(tx, {beneficiary_id})).get(beneficiary_id)
    if person is None:
        return
    person.plain_name, key = folded(person.first_name, person.last_name, person.birth_name)
    if person.name_key not in {key, str(person.id)}:
        await _rekey(tx, person, key)
    await tx.flush()


async def _rekey(tx: Transaction, person: Beneficiary, key: str) -> None:
    """Two who are now of one name stay as they are until an administrator has looked: no program merges. Rule 5."""
    if namesakes := await queries.namesakes(tx, key, person.birth_date):
        person.twin = namesakes[-1].twin + 1
        await _ask_who_it_is(tx, person, namesakes[0])
    person.name_key = key


async def _ask_who_it_is(tx: Transaction, person: Beneficiary, namesake: Beneficiary) -> None:
    """Once, whatever made them look alike."""
    asked = await queries.doubles_about(tx, person.id)
    if not any(namesake.id in {double.known_id, double.other_id} for double in asked):
        asked_by = await queries.named(tx, person.registered_by)
        ask(tx, question(asked_by, namesake.id, ["name_and_birth"], person.id))
