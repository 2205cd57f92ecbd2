"""Whether everything has come to rest: before that, a difference is only what is under way."""

from collections.abc import Iterator

from deploy.audit.bus import Log
from deploy.audit.world import World


def under_way(world: World, log: Log) -> Iterator[str]:
    for service, database in world.services.items():
        for table, what in (("outbox", "à publier"), ("parked", "mis de côté")):
            if count := database.tables[table][0]["count"]:
                yield f"{service} : {count} messages {what}"
    for group, lag in log.lags().items():
        yield f"{group} : {lag} messages pas encore appliqués"
    if due := [row for row in world.rows("notifications", "leaving") if row["due_at"] <= world.now]:
        yield f"notifications : {len(due)} messages aux habitants sur le départ"
