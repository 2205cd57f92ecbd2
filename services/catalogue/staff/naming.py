"""How the journal calls sessions, spaces, mediators and trainings: as they are called now."""

from collections.abc import Collection, Mapping
from uuid import UUID

from chassis import french
from chassis.db import Reading
from services.catalogue import queries


async def subjects(reading: Reading, subject: str, ids: Collection[str]) -> Mapping[str, str]:
    """Name the subjects of this kind, by their ids in the journal."""
    match subject:
        case "session":
            sessions = await queries.sessions_by_id(reading, [UUID(id_) for id_ in ids])
            return {
                str(session.id): f"{session.training.title}, {french.moment(session.starts_at)}" for session in sessions
            }
        case "space":
            return {str(id_): name for id_, name in (await queries.names_of_spaces(reading)).items()}
        case "mediator":
            return {str(mediator.id): mediator.name for mediator in await queries.all_mediators(reading)}
        case "training":
            return {training.code: training.title for training in await queries.all_trainings(reading)}
        case _:
            return {}
