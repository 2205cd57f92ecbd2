"""Which programs a database suits: those whose newest migrations it has had, and those of before that still can.

A program is known by two heads, the newest migration of the service and that of the chassis as it knows them. `migrate`
writes into `served_heads` those that the new shape still suits: all the older ones, unless a migration takes something
away. Such a one says from which head on nobody needs it: `oldest = "0007"` in a service's, `-- oldest: 0007_name` as a
line of the chassis' own.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from sqlalchemy import Column, Table, Text, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.db import chassis_tables

CHASSIS = Path(__file__).with_name("migrations")
OLDEST = re.compile(r"^-- oldest: (\w+)$", re.MULTILINE)

served_heads = Table("served_heads", chassis_tables, Column("head", Text, primary_key=True))


class AnotherHead(RuntimeError):
    """The database is not of a shape that this program was written for: run `migrate` first."""

    def __init__(self, wanted: Collection[str], served: Collection[str]) -> None:
        suits = ", ".join(sorted(served)) or "aucun programme"
        super().__init__(
            f"ce programme est à {', '.join(sorted(wanted))} ; la base convient à {suits} : lancez «migrate», "
            "ou installez un programme plus récent"
        )


def suited(newest_first: Iterable[tuple[str, str]]) -> list[str]:
    """Return the heads of programs that still work.

    Each migration comes with the oldest head that it suits, or nothing.
    """
    heads, stops = [], set()
    for head, oldest in newest_first:
        heads.append(head)
        stops.add(oldest)
        if head in stops:
            break
    return heads


def chassis_migrations() -> list[Path]:
    return sorted(CHASSIS.glob("[0-9]*.sql"))


def chassis_suited() -> list[str]:
    """Return the same for the chassis' own, as this program knows them."""
    marks = [(file.stem, OLDEST.search(file.read_text())) for file in reversed(chassis_migrations())]
    return suited((name, mark[1] if mark else "") for name, mark in marks)


async def served(connection: AsyncConnection) -> set[str]:
    """Nobody, where nobody has written any."""
    if not await connection.scalar(select(func.to_regclass(served_heads.name).is_not(None))):
        return set()
    return {*await connection.scalars(select(served_heads.c.head))}


async def write(connection: AsyncConnection, heads: Collection[str]) -> None:
    await connection.execute(delete(served_heads))
    await connection.execute(insert(served_heads), [{"head": head} for head in heads])
