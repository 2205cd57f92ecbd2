"""What processes use, as Linux counts it; and the bare one that ours are compared with."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chassis import db
from deploy.local.processes import Child
from deploy.local.servers import ROOT, Servers, free_ports

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
PARENT, USER, CHILDREN = 1, 11, 15  # fields of /proc/PID/stat after the name
READY = "Application startup complete"


def cpu(pid: int) -> float:
    """Seconds that the process and its children have worked until now, those that ended included."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    ticks: dict[int, int] = {}
    for process in PROC.glob("[0-9]*/stat"):
        try:
            fields = process.read_text().rpartition(") ")[2].split()
        except OSError:  # it has just ended
            continue
        children[int(fields[PARENT])].append(number := int(process.parent.name))
        ticks[number] = sum(map(int, fields[USER:CHILDREN]))
    waiting, spent = [pid], 0
    while waiting:
        spent += ticks.get(one := waiting.pop(), 0)
        waiting += children[one]
    return spent / TICKS


def memory(pid: int) -> float:
    """Mebibytes of a process, its share of what it has in common with others."""
    lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    (share,) = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(share) / 1024


@contextmanager
def bare(servers: Servers, database: str) -> Iterator[tuple[str, Child]]:
    """The address and the process of `tests.benchmarks.bare`, which runs while this is open."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "tests.benchmarks.bare", str(port), db.dsn(database)]
    log = servers.kafka.folder.parent / "bare.log"
    child = servers.children.start("bare", command, log, env={"PYTHONPATH": str(ROOT)})
    child.wait_for(READY)
    try:
        yield f"http://127.0.0.1:{port}", child
    finally:
        child.stop()
