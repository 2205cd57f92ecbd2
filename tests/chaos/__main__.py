"""python -m tests.chaos MINUTES SEED: the whole system under faults at random, and the judges' word on it.

Exit status 0 when every judge is content. Everything of a run stays in .local/chaos-SEED until the next one.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.servers import ROOT
from tests.chaos import county
from tests.chaos.calls import PATIENCE, Caller, Tally
from tests.chaos.clients import Clients
from tests.chaos.cluster import Cluster
from tests.chaos.faults import Faults
from tests.chaos.history import History, judged
from tests.chaos.life import Life
from tests.chaos.outcome import Arrived, arrived, audited, recoveries, table

CALMS_IN = 20  # seconds after the last fault, nothing of a call from before is under way any more


@dataclass
class Run:
    """One run, and what its judges say."""

    cluster: Cluster
    seed: int
    minutes: float
    folder: Path

    async def play(self) -> bool:
        stopped = asyncio.Event()
        async with httpx.AsyncClient(timeout=PATIENCE, limits=httpx.Limits(max_keepalive_connections=0)) as http:
            self.caller = Caller(self.cluster, random.Random(f"{self.seed} balancer"), http, Tally(), stopped)
            self.faults = Faults(self.cluster, self.seed, stopped)
            try:
                return await self._judged(stopped)
            finally:
                await self.cluster.close()

    async def _judged(self, stopped: asyncio.Event) -> bool:
        await self.cluster.start_all()
        made = await county.made(self.caller)
        print(f"La carte est prête : {self.minutes:g} min de pannes, graine {self.seed}.", flush=True)
        clients = Clients(self.caller, made, History(made.groups))
        life = Life(self.caller, made)
        async with asyncio.TaskGroup() as tasks:
            supervision = tasks.create_task(self.cluster.supervise())
            work = [clients.play(self.seed), life.go_on(self.seed), self.faults.torment()]
            running = [tasks.create_task(one) for one in work]
            await asyncio.sleep(self.minutes * 60)
            stopped.set()
            await asyncio.gather(*running)
            began = await self._come_to_rest(clients)
            verdict = await self._verdict(clients, life, began)
            self.cluster.closing = True
            await supervision
        return verdict

    async def _come_to_rest(self, clients: Clients) -> float:
        """When that began."""
        began = time.monotonic()
        await self.cluster.mend()
        await asyncio.sleep(CALMS_IN)
        self.caller.stopped = asyncio.Event()  # what is asked now is asked until it is answered
        await clients.settle()
        return began

    async def _verdict(self, clients: Clients, life: Life, began: float) -> bool:
        audit = await asyncio.to_thread(audited, self.cluster.system)
        rest = time.monotonic() - began
        fair, sentence = await asyncio.to_thread(judged, clients.history, self.folder / "judged")
        received = await arrived(self.cluster.system)
        lines = [*self._told(clients, life), f"juge : {sentence}", f"au repos après {rest:.0f} s"]
        lines += [*_told_of_audit(audit), *_told_of_messages(received)]
        print("\n".join(lines), flush=True)
        (self.folder / "report.txt").write_text("\n".join(lines) + "\n")
        sound = audit["at_rest"] and not audit["differences"] and not (received.lost or received.doubled)
        return bool(fair and sound and not clients.two_answers and not self.caller.tally.strange)

    def _told(self, clients: Clients, life: Life) -> Iterator[str]:
        tally = self.caller.tally
        kinds = Counter((call.kind, call.code) for call in clients.history.calls)
        yield f"graine {self.seed}, {self.minutes:g} min"
        yield f"appels : {sum(tally.counts.values())}, " + ", ".join(f"{n} {k}" for k, n in tally.counts.items())
        yield "jugés : " + ", ".join(f"{count} {kind} {code}" for (kind, code), count in sorted(kinds.items()))
        yield f"ouverts, tranchés à la fin : {len(clients.open)} ; deux réponses à une clé : {len(clients.two_answers)}"
        yield f"503 «rien n'a été enregistré» : {tally.denied['said']}, dont faux : {tally.denied['false']}"
        yield f"réponses 500 : {dict(tally.strange)}"
        yield f"autour : {dict(life.lived)}"
        yield f"terminés d'eux-mêmes : {dict(Counter(self.cluster.ended_alone))}"
        yield from table(recoveries(self.faults.done, tally.okays))


def _told_of_audit(audit: dict[str, object]) -> Iterator[str]:
    yield f"audit : {audit['differences']} écarts, au repos : {audit['at_rest']}"
    checks = audit["checks"]
    assert isinstance(checks, list)
    yield from (f"  {check['name']} : {one}" for check in checks for one in check["differences"])
    yield from (f"  pas au repos : {one}" for one in audit["under_way"])  # type: ignore[attr-defined]


def _told_of_messages(received: Arrived) -> Iterator[str]:
    yield f"messages reçus : {received.messages} ; perdus : {len(received.lost)} ; doublés : {len(received.doubled)}"
    yield f"  avis par SMS : {dict(received.states)}"
    yield from (f"  perdu : {one}" for one in received.lost)
    yield from (f"  doublé : {one}" for one in received.doubled)


def main() -> int:
    minutes, seed = float(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else random.randrange(10**6)
    folder = ROOT / ".local" / f"chaos-{seed}"
    with Cluster.prepared(folder) as cluster:
        return 0 if asyncio.run(Run(cluster, seed, minutes, folder).play()) else 1


if __name__ == "__main__":
    sys.exit(main())
