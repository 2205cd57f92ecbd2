"""How the journal calls sessions, spaces, mediators and trainings: as they are called now."""

from collections.abc import Collection, Mapping
from uuid import UUID

from chassis.db import Reading
from chassis.web import french
from services.catalogue import queries


async def subjects(reading: Reading, subject: str, ids: Collection[str]) -> Mapping[str, str]:
    match subject:
        case "session":
            sessions = await queries.sessions_by_id(reading, [UUID(id_) for id_ in ids])
            return {str(of.id): f"{of.training.title}, {french.moment(of.starts_at)}" for of in sessions}
        case "space":
            return {str(id_): name for id_, name in (await queries.names_of_spaces(reading)).items()}
        case "mediator":
            return {str(of.id): of.name for of in await queries.all_mediators(reading)}
        case "training":
            return {of.code: of.title for of in await queries.all_trainings(reading)}
        case _:
            return {}
