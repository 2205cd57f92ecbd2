"""A person among 200,000, found by a name as it is typed at a counter: whole, with a slip, or half of it.

`python -m tests.benchmarks.search` writes the plans into docs/plans/prescription.md.
"""

import asyncio
import random
import string
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Select, text

from chassis import db
from chassis.clock import Clock
from chassis.db import Database, chassis_tables
from chassis.plain import plain
from contracts.ids import uuid7
from deploy.local.servers import ROOT, Servers, removed
from services.prescription.model import Beneficiary, Record
from services.prescription.model.names import name_key
from services.prescription.queries.search import (
    MOST_RESULTS,
    NEARLY,
    ROUGHLY,
    THRESHOLD,
    nearly,
    people_matching,
    roughly,
    with_the_words,
)
from tests.benchmarks.ground import Ground
from tests.benchmarks.table import Line, percentile

PEOPLE, SEARCHES = 200_000, 600
FILE = ROOT / "docs" / "plans" / "prescription.md"
FIRST = (
    "Jeanne Marie Lucie Emma Louise Chloé Nathalie Sylvie Isabelle Catherine Monique Françoise Martine Nicole Anne "
    "Claire Julie Camille Léa Manon Fatima Aïcha Zoé Inès Marcel Jean Pierre Michel André Philippe Alain Bernard "
    "Patrick Daniel Thierry Nicolas Julien Thomas Lucas Hugo Karim Samir Mohamed Youssef Paul Louis Gabriel Arthur"
)
LAST = (
    "Mar Du Ber Le Gau Per Ro Bon Cha Fa Gi La Mou Va Bru Cou De Fer Gar Jac Ker Lam Men Nau Pi Ray Sau Tho Vi",
    "ti bo na ri lle ma che do ge la me no pi que ra se ta vi bou cha",
    "n t er et ard eau in ier on aud ez ot as el ou and ert aux ais y",
)


def names(count: int) -> Iterator[tuple[str, str]]:
    """A few last names are very common, most are rare, as they are."""
    chance = random.Random(26)
    firsts, lasts = FIRST.split(), ["".join(parts) for parts in product(*(part.split() for part in LAST))]
    chance.shuffle(lasts)
    weights = [1 / (rank + 20) for rank in range(len(lasts))]
    for last in chance.choices(lasts, weights, k=count):
        double = f"-{chance.choice(firsts)}" if chance.random() < 0.1 else ""
        yield chance.choice(firsts) + double, last


async def people(database: Database, centre: UUID, prescriber: UUID) -> list[str]:
    """Their plain names."""
    columns = [column.name for column in Record.metadata.tables["beneficiaries"].columns]
    made = [row(number, *name, centre, prescriber) for number, name in enumerate(names(PEOPLE))]
    connection = await asyncpg.connect(db.dsn(database.url))
    await connection.execute("INSERT INTO centres VALUES ($1, 1, 'Centre', 'other', '26108', NULL, true)", centre)
    await connection.execute("INSERT INTO prescribers VALUES ($1, $2, 'Démo', true)", prescriber, centre)
    records = [tuple(one[column] for column in columns) for one in made]
    await connection.copy_records_to_table("beneficiaries", records=records, columns=columns)
    await connection.execute("VACUUM ANALYZE beneficiaries")
    await connection.close()
    return [one["plain_name"] for one in made]


def row(number: int, first: str, last: str, centre: UUID, prescriber: UUID) -> dict[str, Any]:
    now = Clock().now()
    empty = dict.fromkeys(("preferred_centre_id", "phone", "phone_kind", "email", "postal_address"))
    nothing = {**empty, "first_hour_on": None, "last_hour_on": None, "wallet_version": 0, "hours_followed": 0}
    lists: dict[str, list[str]] = {"audiences": [], "support_needs": [], "opt_outs": [], "quiet_kinds": []}
    return {
        "id": uuid7(),
        "version": 1,
        "centre_id": centre,
        "registered_by": prescriber,
        "registered_at": now,
        "first_name": first,
        "last_name": last,
        "plain_name": plain(f"{last} {first}"),
        "name_key": name_key(first, last),
        "birth_date": date(1930, 1, 1) + timedelta(days=number % 30_000),
        "twin": number,
        "commune_insee": "26108",
        "epci": "200040509",
        "channel": "call",
        "msa": False,
        "language_level": "fluent",
        **nothing,
        **lists,
    }


def typed(known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """As at a counter: whole, a wrong letter, one in each half, half of it, turned round; and which name is meant."""
    chance = random.Random(7)
    for number in range(SEARCHES):
        name = chance.choice(known)
        last, _, first = name.partition(" ")
        slips = slipped(last, chance), slipped(first, chance)
        ways = (name, f"{slips[0]} {first}", last, f"{first} {last}", f"{slips[0]} {slips[1]}")
        yield ways[number % len(ways)], last


def slipped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(word) - 1)
    return word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1 :]


async def searched(ground: Ground) -> tuple[Database, Sequence[str], str]:
    """How long a search takes, and how often somebody of the name that was meant is among those found."""
    database = await ground.database(chassis_tables, Record.metadata)
    known = await people(database, uuid7(), uuid7())
    waits, nothing = [], []
    found = 0
    for asked, meant in typed(known):
        nothing.append(await asking_nothing(database))
        began = time.perf_counter()
        async with database.reading() as reading:
            shown = (await people_matching(reading, asked)).people
        waits.append(time.perf_counter() - began)
        found += any(person.plain_name.startswith(f"{meant} ") for person in shown)
    return database, known, f"{told(waits)}; {found} of {SEARCHES} found; «SELECT 1» in the same run: {told(nothing)}"


async def asking_nothing(database: Database) -> float:
    """How busy the machine is."""
    began = time.perf_counter()
    async with database.reading() as reading:
        await reading.execute(text("SELECT 1"))
    return time.perf_counter() - began


def told(seconds: Sequence[float]) -> str:
    p50, p95 = (percentile(seconds, part) * 1000 for part in (0.50, 0.95))
    return f"p50 {p50:.0f} ms, p95 {p95:.0f} ms"


async def search(ground: Ground) -> Line:
    database, _, figures = await searched(ground)
    await database.close()
    return Line(f"a person among {PEOPLE:,}", figures, "", "", "p95 < 50 ms")


async def plan(database: Database, heading: str, query: Select[Beneficiary], least: float = 1.0) -> str:
    literal = {"literal_binds": True}
    shown = str(query.limit(MOST_RESULTS).compile(dialect=database.engine.dialect, compile_kwargs=literal))
    explain = text("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + shown.replace("%%", "%").replace(":", r"\:"))
    async with database.reading() as reading:
        await reading.execute(THRESHOLD, {"least": str(least)})
        lines = "\n".join(await reading.scalars(explain))
    return f"## {heading}\n\n```\n{lines}\n```"


async def written(ground: Ground) -> str:
    database, known, figures = await searched(ground)
    whole, slip = known[0], slipped(known[1].split()[0], random.Random(1)) + " " + known[1].split()[1]
    plans = [
        await plan(database, f"Each word of «{whole}»", with_the_words(whole)),
        await plan(database, f"Each word, or nearly, of «{slip}»", nearly(slip), NEARLY),
        await plan(database, f"Something like the whole of «{slip}»", roughly(slip), ROUGHLY),
    ]
    await database.close()
    return HEAD.format(people=PEOPLE, told=figures) + "\n\n".join(plans) + "\n"


HEAD = """# Plans of prescription: the search of a person

Made by `python -m tests.benchmarks.search`: {people:,} people; names whole, halved, turned round,
with a wrong letter, or with one in each half. Last run, on two cores shared with other programs:
{told}.

Three questions, each asked only when the one before it found nobody. The trigram index answers all three; the
threshold of the operator `%>` is the transaction's own.

"""


def main() -> None:
    folder = ROOT / ".local" / "plans"
    with Servers.started(folder, afresh=True) as servers:
        FILE.write_text(asyncio.run(written(Ground(servers))), encoding="utf-8")
    removed(folder)


if __name__ == "__main__":
    main()
