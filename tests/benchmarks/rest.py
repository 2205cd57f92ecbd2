"""What the services cost while nobody asks anything, and how soon they say how they are."""

import asyncio
import time
from collections.abc import Mapping

import aiohttp

from deploy.local.system import TITLES, System
from tests.benchmarks import processes
from tests.benchmarks.table import Line, percentile

SETTLES, LOOKS = 5, 20  # seconds
TIMES, PAUSE = 40, 0.1  # questions to each address, seconds between
QUESTIONS = ("/readyz", "/statusz")
PLAIN = "bare"


async def idle(system: System) -> list[Line]:
    """CPU and memory of each service, against a bare server with a pool of connections; then its answers."""
    children = system.servers.children.running
    with processes.bare(system.servers, system.databases["booking"]) as (url, child):
        services = {name: children[name] for name in TITLES}
        await asyncio.sleep(SETTLES)
        shares = await _shares({name: one.process.pid for name, one in children.items()})
        plain = processes.memory(child.process.pid)
        lines = []
        for name, one in services.items():
            own = processes.memory(one.process.pid)
            ours, raw = f"{shares[name]:.1%} of a core, {own:.0f} MiB", f"{shares[PLAIN]:.1%}, {plain:.0f} MiB"
            lines.append(Line(f"{name} at rest", ours, raw, f"{own / plain:.1f} × memory", "≤ 2 % of a core"))
        return lines + await _answers(system, url, "at rest")


async def _shares(pids: Mapping[str, int]) -> dict[str, float]:
    """Of one core."""
    before = {name: processes.cpu(pid) for name, pid in pids.items()}
    await asyncio.sleep(LOOKS)
    return {name: (processes.cpu(pid) - before[name]) / LOOKS for name, pid in pids.items()}


async def away(system: System) -> list[Line]:
    """The same answers while Kafka is not there."""
    with processes.bare(system.servers, system.databases["booking"]) as (url, _):
        await asyncio.to_thread(system.servers.kafka.kill)
        await asyncio.sleep(SETTLES)
        return await _answers(system, url, "while Kafka is away")


async def _answers(system: System, plain: str, when: str) -> list[Line]:
    """The slowest service's, against the bare server's."""
    lines = []
    for path in QUESTIONS:
        raw = await _times(plain + path)
        slowest = max([await _times(system.urls[name] + path) for name in TITLES], key=max)
        ours, limit = (f"p50 {percentile(of, 0.5) * 1000:.1f} ms, max {max(of) * 1000:.0f} ms" for of in (slowest, raw))
        ratio = percentile(slowest, 0.5) / percentile(raw, 0.5)
        lines.append(Line(f"{path} {when}, the slowest of four", ours, limit, f"{ratio:.1f} × time", "max < 300 ms"))
    return lines


async def _times(url: str) -> list[float]:
    """Seconds of each answer."""
    found = []
    async with aiohttp.ClientSession() as client:
        for _ in range(TIMES):
            began = time.perf_counter()
            async with client.get(url) as answer:
                await answer.read()
            found.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE)
    return found
