"""python -m tests.access.matrix: write docs/access.md, of what each route answers to whom about whose object."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial

from deploy.local.servers import ROOT
from tests import infrastructure
from tests.access.measured import COLUMNS, Line
from tests.access.worlds import world_of
from tests.conftest import migrated_now, own_folder
from tests.databases import Databases
from tests.sites import SERVICES

PAGE = ROOT / "docs" / "access.md"
HEAD = """# Who may use which route, and whose object

Written by `python -m tests.access.matrix` from what each service answers, with its database; a test asks all again and
compares with what the decorators declare (decisions 0081 and 0109). Every route is asked by each role. Where an object
is somebody's, twice: by its owner, and with the same request by another of that role, or with another key.

- «oui / non»: done for the owner; for another a refusal (401, 403, 404) that changes nothing and names nobody.
- «raison»: closed until a reason is given, which is recorded and opens for an hour.
- «rien»: the page comes and names nobody of another's; or the request is answered and does nothing.
- one word: nothing there is another's, or only the administration is asked.
"""
HOW = {
    "checked": "le sien",
    "within": "le sien, dans la transaction",
    "listed": "les siens seulement",
    "keyed": "à qui en a la clé",
    "shared": "à tous",
}


def row(line: Line) -> str:
    whose = f"{HOW[line.declared.how]} : {line.declared.what}" if line.declared.how else ""
    return cells(line.name, *line.cells.values(), whose)


def cells(*texts: object) -> str:
    return f"| {' | '.join(map(str, texts))} |"


def part(service: str, lines: Sequence[Line]) -> str:
    head = cells("route", *COLUMNS, "dont l'objet est"), cells(*["---"] * (len(COLUMNS) + 2))
    return "\n".join([f"## {service}\n", *head, *map(row, lines), ""])


def of_service(text: str, service: str) -> Iterator[str]:
    """Its lines in the document."""
    there = text.partition(f"## {service}\n")[2].partition("\n## ")[0]
    yield from (line for line in there.splitlines() if line.startswith(("| GET", "| POST", "| PUT", "| DELETE")))


async def written(databases: Databases) -> str:
    parts = [HEAD]
    for service in SERVICES:
        url = await databases.lend(service)
        async with world_of(service, url, superusers(databases, url)) as (_, measuring):
            parts.append(part(service, [line async for line in measuring.lines()]))
    return "\n".join(parts)


def superusers(databases: Databases, url: str) -> str:
    """The same database."""
    return databases.postgres.dsn.removesuffix("postgres") + url.rpartition("/")[2]


def main() -> None:
    recipes: dict[str, Callable[[str], None]] = {service: partial(migrated_now, service) for service in SERVICES}
    with (
        own_folder() as folder,
        infrastructure.started(folder, kafka=False) as servers,
        closing(Databases(servers.postgres, recipes)) as databases,
    ):
        PAGE.write_text(asyncio.run(written(databases)), encoding="utf-8")


if __name__ == "__main__":
    main()
