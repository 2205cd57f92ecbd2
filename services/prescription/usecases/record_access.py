"""A record is opened by its centre, or for a reason; every reading is recorded. Rule 27."""

from collections.abc import Collection
from datetime import datetime, timedelta

from chassis.db import Reading, Transaction
from chassis.journal import concerns
from contracts.ids import BeneficiaryId, PrescriberId
from services.prescription import queries
from services.prescription.model import Agent, Beneficiary, ReasonAsked, RecordAccess
from services.prescription.model.record_access import BY_ITS_CENTRE, BY_THE_ADMINISTRATION, What


async def agent(reading: Reading, subject: str, name: str, prescriber_id: PrescriberId | None) -> Agent:
    """Says of which centre they are, where they prescribe now; an administrator is of none. Raises MayNotPrescribe."""
    if prescriber_id is None:
        return Agent(subject, name, "administrator")
    prescriber = await queries.prescriber(reading, prescriber_id)
    prescriber.check()
    return Agent(subject, name, "prescriber", prescriber.centre_id, prescriber.id)


async def why_open(
    reading: Reading, beneficiary_id: BeneficiaryId, agent: Agent, since: datetime
) -> tuple[Beneficiary, str]:
    """Loads the record, and says why this agent may open it. Raises ReasonAsked, NoSuchPerson."""
    person = await queries.person(reading, beneficiary_id)
    if agent.follows(person):
        return person, BY_ITS_CENTRE
    if why := await queries.reason_given(reading, person.id, agent.subject, since):
        return person, why
    raise ReasonAsked(person.id)


async def open_record(
    tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, what: What, *, since: datetime
) -> Beneficiary:
    """Load the record, and record who opened it and why. Raises ReasonAsked, NoSuchPerson."""
    person, why = await why_open(tx, beneficiary_id, agent, since)
    await record_access(tx, person.id, agent, what, why)
    return person


async def give_reason(tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, why: str) -> None:
    """«Break the glass»: open another centre's record, for a while."""
    await record_access(tx, (await queries.person(tx, beneficiary_id)).id, agent, "opened", why)


async def record_list_access(tx: Transaction, people: Collection[Beneficiary], agent: Agent, what: What) -> None:
    """Record an access to each record of a list that shows telephones; but not of who is erased while it is read."""
    here = await queries.ids_for_key_share(tx, {person.id for person in people})
    for person in people:
        if person.id in here:
            why = BY_ITS_CENTRE if agent.follows(person) else BY_THE_ADMINISTRATION
            concerns(tx, person.id, why=why)
            add_access(tx, person.id, agent, what, why)


async def record_access(tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, what: What, why: str) -> None:
    """Record who opened it and why; nothing of who was erased a moment ago. Raises NoSuchPerson then."""
    if not await queries.ids_for_key_share(tx, {beneficiary_id}):
        raise queries.NoSuchPerson
    concerns(tx, beneficiary_id, why=why)
    add_access(tx, beneficiary_id, agent, what, why)


def add_access(tx: Transaction, beneficiary_id: BeneficiaryId, agent: Agent, what: What, why: str) -> None:
    tx.add(
        RecordAccess(
            beneficiary_id=beneficiary_id,
            subject=agent.subject,
            name=agent.name,
            centre_id=agent.centre_id,
            what=what,
            why=why,
            at=tx.now,
        )
    )


async def forget_accesses(tx: Transaction, *, after: timedelta) -> None:
    """Delete old accesses, of the living and of the erased, as a timed job."""
    await queries.forget_accesses(tx, tx.now - after)
