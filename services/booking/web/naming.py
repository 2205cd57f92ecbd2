"""How the journal calls people and sessions: as they are called now, while they are known."""

from collections.abc import Collection, Mapping
from uuid import UUID

from chassis import french
from chassis.db import Reading
from services.booking import queries
from services.booking.model import Session


async def people(reading: Reading, ids: Collection[UUID]) -> Mapping[UUID, str]:
    return {id_: person.name for id_, person in (await queries.people(reading, ids)).items()}


async def subjects(reading: Reading, subject: str, ids: Collection[str]) -> Mapping[str, str]:
    keys = [UUID(id_) for id_ in ids]
    match subject:
        case "session":
            return {str(id_): named(of) for id_, of in (await queries.sessions_by_id(reading, keys)).items()}
        case "booking":
            return {str(id_): named(of) for id_, of in (await queries.sessions_of_bookings(reading, keys)).items()}
        case "mediator":
            return {str(id_): f"à {name}" for id_, name in (await queries.mediators_names(reading)).items()}
        case _:
            return {}


def named(session: Session) -> str:
    return f"séance du {french.moment(session.starts_at)}, {session.training_title}"
