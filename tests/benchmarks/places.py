"""Files of places: a national one by HTTP, while `/livez` is asked; 30 MB by command. CPU, memory, time."""

import asyncio
import csv
import io
import os
import random
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from deploy.local.servers import ROOT
from deploy.local.system import System
from services.catalogue.standards import FIELDS
from tests.actors import ADMINISTRATOR
from tests.benchmarks import processes
from tests.benchmarks.table import Line

NATIONAL, LARGE = 4_930, 30 * 2**20  # records; bytes
REAL = os.environ.get("PASS_NATIONAL_PLACES", "")
"""A file of the whole country; where none is named, one of as many invented places stands in."""
ASK_EVERY = 0.02  # seconds
TOWNS = (
    ("51454", "51100", "Reims"),
    ("38185", "38000", "Grenoble"),
    ("26108", "26400", "Crest"),
    ("75101", "75001", "Paris"),
)
WORDS = "atelier découverte du numérique pour tous avec un conseiller chaque semaine sur rendez-vous ou sans".split()  # noqa: SIM905 - a sentence


async def imports(system: System) -> list[Line]:
    """Taken in, again, and in another order; then the large one by command."""
    rows = _rows(NATIONAL)
    content = await asyncio.to_thread(Path(REAL).read_bytes) if REAL else _file(rows)
    lines = [await _by_http(system, content, "national file"), await _by_http(system, content, "the same again")]
    if not REAL:
        shuffled = random.Random(2).sample(rows, len(rows))
        lines.append(await _by_http(system, _file(shuffled), "the same, shuffled"))
    large = _file(_rows(LARGE * NATIONAL // len(_file(rows))))
    return [*lines, await _by_command(system, large)]


async def _by_http(system: System, content: bytes, what: str) -> Line:
    pid = system.servers.children.running["catalogue"].process.pid
    _forget_peak(pid)
    url, cpu, done = system.urls["catalogue"], processes.cpu(pid), asyncio.Event()
    headers = {"Authorization": f"Bearer {system.token_for(ADMINISTRATOR)}", "Content-Type": "text/csv"}
    async with aiohttp.ClientSession(url, headers=headers) as client:
        asked = asyncio.create_task(_times(client, "/livez", done))
        began = time.perf_counter()
        async with client.post("/api/catalogue/places?elsewhere=true", data=content) as answer:
            answered = await answer.json()
            assert answer.ok, answered
        took = time.perf_counter() - began
        done.set()
        slowest = max(await asked) * 1000
    spent = f"CPU {processes.cpu(pid) - cpu:.1f} s, peak {_peak(pid):.0f} MiB"
    counts = ", ".join(f"{name} {count}" for name, count in answered["counts"].items() if count)
    aim = "CPU < 3 s, < 200 MiB, /livez < 200 ms"
    what = f"{what}: {len(content) / 2**20:.1f} MB by HTTP"
    return Line(what, f"{spent}, {took:.1f} s, /livez ≤ {slowest:.0f} ms", counts, "", aim)


async def _times(client: aiohttp.ClientSession, path: str, done: asyncio.Event) -> list[float]:
    """Seconds of each answer."""
    seconds: list[float] = []
    while not done.is_set():
        began = time.perf_counter()
        async with client.get(path) as answer:
            await answer.read()
        seconds.append(time.perf_counter() - began)
        await asyncio.sleep(ASK_EVERY)
    return seconds


async def _by_command(system: System, content: bytes) -> Line:
    file, log = system.folder / "large.csv", system.folder / "places.log"
    await asyncio.to_thread(file.write_bytes, content)
    command = [sys.executable, "-m", "services.catalogue", "places", str(file), "ailleurs"]
    env = {**os.environ, **system.environment("catalogue"), "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    shell = f"exec {shlex.join(command)} > {shlex.quote(str(log))} 2>&1"
    process = await asyncio.create_subprocess_shell(shell, cwd=ROOT, env=env)
    ended, peak = asyncio.create_task(process.wait()), 0.0
    while not ended.done():
        peak = max(peak, _peak(process.pid))
        await asyncio.wait([ended], timeout=ASK_EVERY)
    took = time.perf_counter() - began
    last = (await asyncio.to_thread(log.read_text, "utf-8")).splitlines()[-1]
    what = f"{len(content) / 2**20:.0f} MB by command"
    return Line(what, f"{took:.0f} s, peak {peak:.0f} MiB", last, "", "< 60 s, < 500 MiB")


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _peak(pid: int) -> float:
    """Mebibytes, the most that the process has had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return max([int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")], default=0.0)


def _rows(count: int) -> list[dict[str, str]]:
    invented = random.Random(1)
    return [_row(invented, number) for number in range(count)]


def _row(invented: random.Random, number: int) -> dict[str, str]:
    code, postal_code, town = invented.choice(TOWNS)
    return {
        "id": f"national-{number}",
        "nom": f"Espace numérique {number % 3000}",
        "commune": town.upper(),
        "code_postal": postal_code,
        "code_insee": code,
        "adresse": f"{number % 90 + 1} rue de la Démonstration",
        "typologie": "TIERS_LIEUX|ASSO",
        "telephone": f"04 75 {number // 10000:02} {number // 100 % 100:02} {number % 100:02}",
        "courriels": f"espace{number}@exemple.fr",
        "site_web": f"https://exemple.fr/{number}",
        "horaires": "Mo-Fr 09:00-12:00,14:00-18:30; Sa 08:30-12:00",
        "presentation_resume": " ".join(invented.choices(WORDS, k=30)),
        "presentation_detail": " ".join(invented.choices(WORDS, k=45)),
        "source": "Banc d'essai",
        "date_maj": f"2026-{number % 9 + 1:02}-{number % 28 + 1:02}",
        "services": "Maîtrise des outils numériques du quotidien|Aide aux démarches administratives",
        "frais_a_charge": "Gratuit",
        "modalites_acces": "Se présenter|Téléphoner",
    }


def _file(rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
