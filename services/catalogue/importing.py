"""`trainings` and `places FILE [essai] [liste=NAME]`: the commands that fill the catalogue."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.assembly import Assembly
from services.catalogue import usecases
from services.catalogue.standards import read_places
from services.catalogue.trainings import read_trainings
from services.catalogue.wording import OUTCOMES, SEVERITIES

WHOLE = "liste="
BAR = 30  # characters


async def publish_trainings(assembly: Assembly, _: list[str]) -> None:
    """Publish the texts of `data/trainings`."""
    texts = list(read_trainings())
    counts = await assembly.database.transact(lambda tx: usecases.publish(tx, texts))
    print(f"formations : {counted(counts)}")


async def import_file(assembly: Assembly, arguments: list[str]) -> None:
    """`essai` only tells what would be done, `liste=NAME` says that the file is that list as a whole."""
    if not arguments:
        raise ValueError("Quel fichier ? places FICHIER [essai] [liste=NOM]")
    content = await asyncio.to_thread(Path(arguments[0]).read_bytes)
    reading, trial = read_places(content), "essai" in arguments[1:]
    whole = next((one.removeprefix(WHOLE) for one in arguments[1:] if one.startswith(WHOLE)), "")
    done = await assembly.database.transact(
        lambda tx: usecases.import_places(tx, reading, trial=trial, list_name=whole, progress=progress)
    )
    tell(done)


def tell(done: usecases.Imported) -> None:
    """Line by line and field by field, then the sum."""
    for remark in done.remarks:
        print(f"ligne {remark.line}\t{SEVERITIES[remark.severity]}\t{remark.field}\t{remark.sentence}")
    for line in done.lines:
        if line.outcome != "unchanged":
            print(f"{line.name}\t{OUTCOMES[line.outcome][0]}\t{', '.join(line.fields)}".rstrip())
    print(f"{done.standard} : {done.records} lieux lus, {counted(done.counts)}")


def progress(done: int, of: int) -> None:
    """On the terminal of a person; a log needs none."""
    if sys.stderr.isatty():
        bar = "█" * (BAR * done // of)
        print(f"\r{bar:{BAR}} {done} / {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counts[outcome]}" for outcome, (_, name) in OUTCOMES.items() if outcome in counts)
