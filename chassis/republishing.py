"""Publishes again what Kafka has lost: from the archive back into the outbox, and the relay does what it always does.

Rows go back under their own ids. So they keep their order, what waits in the outbox comes after them, and each key ends
with what was said last. Events keep their ids too: who has applied them forgets the repeat. Decision 0075.
"""

from datetime import datetime

from sqlalchemy import DateTime, bindparam, text

from chassis.db import Transaction
from chassis.recovery import Log, note_own
from chassis.refusal import Refusal
from chassis.relay import LEADER_LOCK

BEGINS = text("""
    SELECT now() < :since AS is_to_come, begins, begins > :since AS is_before FROM (SELECT greatest(
        date_trunc('day', now(), 'UTC') - make_interval(days => :days),
        (SELECT applied_at FROM chassis_version WHERE migration = '0008_published')
    ) AS begins) AS archive
""").bindparams(bindparam("since", type_=DateTime(timezone=True)))
"""A day that is over is emptied after so many days; before the migration there was nothing."""

BACK = text("""
    WITH back AS (
        DELETE FROM published WHERE published_at >= :since RETURNING id, event_id, topic, key, headers, body
    ), stored AS (
        INSERT INTO outbox (id, event_id, topic, key, headers, body) OVERRIDING SYSTEM VALUE
        SELECT id, event_id, topic, key, headers, body FROM back
    )
    SELECT topic, count(*) AS republished FROM back GROUP BY topic ORDER BY topic
""").bindparams(bindparam("since", type_=DateTime(timezone=True)))

LOCK = text(f"SELECT pg_try_advisory_xact_lock({LEADER_LOCK})")


class RelayAtWork(Refusal):
    def __init__(self) -> None:
        super().__init__("Un relais de ce service est au travail : arrêtez d'abord toutes les instances du service.")


class NotInTheArchive(Refusal):
    def __init__(self, begins: datetime) -> None:
        super().__init__(
            f"L'archive de ce service commence le {begins:%d/%m/%Y à %H:%M} (UTC). Avant, elle n'a rien : "
            "donnez ce moment, ou un moment plus récent."
        )


class StillToCome(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce moment est à venir. Donnez un moment d'avant la perte.")


async def republish(tx: Transaction, log: Log, since: datetime, days: int) -> dict[str, int]:
    """Put back into the outbox what was published since that moment; how many events, by topic.

    `log` is what lies on the service's own topics: from its end on, offsets are given again.

    What was put back and is not published yet is not in the archive: doing it again changes nothing. `days` is how
    long the archive retains. Raises RelayAtWork, NotInTheArchive, StillToCome.
    """
    if not await tx.scalar(LOCK):
        raise RelayAtWork
    archive = (await tx.execute(BEGINS, {"since": since, "days": days})).one()
    if archive.is_to_come:
        raise StillToCome
    if archive.is_before:
        raise NotInTheArchive(archive.begins)
    await note_own(tx, log)
    counted = (await tx.execute(BACK, {"since": since})).all()
    return {row.topic: row.republished for row in counted}
