"""How the journal calls people, books and centres: as they are called now, while they are known."""

from collections.abc import Collection, Mapping
from uuid import UUID

from chassis.db import Reading
from services.prescription import queries


async def people(reading: Reading, ids: Collection[UUID]) -> Mapping[UUID, str]:
    return await queries.names_of(reading, ids)


async def subjects(reading: Reading, subject: str, ids: Collection[str]) -> Mapping[str, str]:
    match subject:
        case "book":
            references = await queries.references_of(reading, [UUID(id_) for id_ in ids])
            return {str(id_): f"chéquier {reference}" for id_, reference in references.items()}
        case "centre":
            return {str(of.id): of.name for of in await queries.centres(reading)}
        case "prescriber":
            return {str(of.id): of.name for of in await queries.prescribers(reading)}
        case "erasure":
            return {number: f"effacement {number}" for number in ids}
        case _:
            return {}
