"""`trainings` and `places FILE [--trial]`: the commands that fill the catalogue."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from chassis.assembly import Assembly
from services.catalogue import usecases
from services.catalogue.standards import read_places
from services.catalogue.trainings import read_trainings
from services.catalogue.wording import OUTCOMES, SEVERITIES


async def publish_trainings(assembly: Assembly, _: list[str]) -> None:
    """Publish the texts of `data/trainings`."""
    texts = list(read_trainings())
    counts = await assembly.database.transact(lambda tx: usecases.publish(tx, texts))
    print(f"formations : {counted(counts)}")


async def import_file(assembly: Assembly, arguments: list[str]) -> None:
    """`places FILE` takes the file in; `places FILE essai` only tells what would be done."""
    content = await asyncio.to_thread(Path(arguments[0]).read_bytes)
    reading, trial = read_places(content), "essai" in arguments[1:]
    done = await assembly.database.transact(lambda tx: usecases.import_places(tx, reading, trial=trial))
    for remark in done.remarks:
        print(f"ligne {remark.line}\t{SEVERITIES[remark.severity]}\t{remark.field}\t{remark.sentence}")
    print(f"{done.standard} : {done.records} lieux lus, {counted(done.counts)}")


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counts[outcome]}" for outcome, name in OUTCOMES.items() if outcome in counts)
