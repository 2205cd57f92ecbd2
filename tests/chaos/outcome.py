"""What it came to: how soon each service answered again, what arrived on the telephones, what the audit says."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import asyncpg
import httpx

from deploy.local.servers import ROOT
from deploy.local.system import System
from tests.chaos.faults import Fault

AT_REST_WITHIN = 300  # seconds
RANDOM_END = 20  # hexadecimal digits
SENT = """
    SELECT id, state, coalesce(carrier_id, id) AS reference FROM notices
    WHERE channel = 'sms' AND provider IS NOT NULL AND beneficiary_id <> '00000000-0000-0000-0000-000000000000'
"""


@dataclass(frozen=True)
class Arrived:
    """`lost`: notices that count as sent and are on no telephone. `doubled`: messages that are there twice."""

    messages: int
    lost: Sequence[str]
    doubled: Sequence[str]
    states: Mapping[str, int]


async def arrived(system: System) -> Arrived:
    async with httpx.AsyncClient(timeout=30) as client:
        received = (await client.get(f"{system.urls['outside']}/messages.json")).json()
    owner = system.servers.postgres.url("notifications").replace("+asyncpg", "")
    connection = await asyncpg.connect(owner)
    notices = await connection.fetch(SENT)
    await connection.close()
    copies = Counter(bare(message["reference"]) for message in received)
    counted = [row for row in notices if row["state"] in {"sent", "delivered"}]
    lost = [str(row["id"]) for row in counted if bare(str(row["reference"])) not in copies]
    doubled = [f"{reference} ×{count}" for reference, count in copies.items() if count > 1]
    return Arrived(len(received), lost, doubled, Counter(row["state"] for row in notices))


def bare(reference: str) -> str:
    """Providers write an id in ways of their own, and OVH has room for its random end alone."""
    return reference.replace("-", "").lower()[-RANDOM_END:]


def audited(system: System, within: float = AT_REST_WITHIN) -> dict[str, Any]:
    """The audit's answer, after everything has come to rest or the time is over."""
    waits = str(within)
    command = [sys.executable, "-m", "deploy.audit", "--json", "--system", str(system.folder), "--wait", waits]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return {"at_rest": False, "under_way": [done.stderr[-2000:]], "differences": -1, "checks": []}
    return found


def recoveries(
    faults: Iterable[Fault], okays: Mapping[str, Sequence[tuple[int, int]]]
) -> dict[str, dict[str, list[float]]]:
    """By kind of fault: seconds from its beginning to the answer of the next call that went well.

    Of the instance that was hurt, and of its service by whichever instance; of all services when a server was.
    """
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for fault in faults:
        hurt = fault.target.partition(" ")[0]
        named = {hurt: "that instance", hurt.partition("-")[0]: "its service"} if "-" in hurt else dict.fromkeys(okays)
        for name, column in named.items():
            later = [answered for called, answered in okays.get(name, ()) if called >= fault.began]
            if later and (column or "-" not in name):
                found[fault.kind][column or name].append((min(later) - fault.began) / 1e9)
    return found


def table(found: Mapping[str, Mapping[str, Sequence[float]]]) -> list[str]:
    """Median and longest, in seconds."""
    services = sorted({service for of in found.values() for service in of}, key=lambda name: (" " in name, name))
    lines = [f"{'fault (times)':24}" + "".join(f"{service:>22}" for service in services)]
    for kind, of in sorted(found.items()):
        times = max(map(len, of.values()))
        cells = [f"{median(of[name]):.1f} … {max(of[name]):.1f}" if of.get(name) else "" for name in services]
        lines.append(f"{f'{kind} ({times})':24}" + "".join(f"{cell:>22}" for cell in cells))
    return lines
