"""`trainings` and `places FILE [essai] [liste=NAME] [ailleurs]`: the commands that fill the catalogue."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from chassis.runtime import Runtime
from services.catalogue import usecases
from services.catalogue.standards import LARGEST
from services.catalogue.trainings import read_trainings
from services.catalogue.wording import OUTCOMES, SEVERITIES

TRIAL, ELSEWHERE, WHOLE = "essai", "ailleurs", "liste="
USAGE = "Écrivez : places FICHIER [essai] [liste=NOM] [ailleurs]"
HELP = {
    "trainings": "publie les textes des formations",
    "places": "FICHIER [essai] [liste=NOM] [ailleurs] : lit un fichier de lieux. «essai» montre sans rien changer ; "
    "«liste=NOM» : le fichier est toute cette liste ; «ailleurs» : aussi les lieux hors de la Drôme",
}
BAR = 30  # characters


async def publish_trainings(runtime: Runtime, _: list[str]) -> None:
    """Publish the texts of `data/trainings`."""
    texts = list(read_trainings())
    counts = await runtime.database.transact(lambda tx: usecases.publish_trainings(tx, texts))
    print(f"formations : {counted(counts)}")


async def import_file(runtime: Runtime, arguments: list[str]) -> None:
    """Import a file: `essai` only tells what would be done, with `liste=NAME` the file is that list as a whole, with
    `ailleurs` places outside of the Drôme are taken too. The result can be read on the page «Importer des lieux» too.

    Raises ValueError with a French sentence.
    """
    if not arguments:
        raise ValueError(f"Quel fichier ? {USAGE}")
    path, *words = arguments
    if strange := [word for word in words if word not in {TRIAL, ELSEWHERE} and not word.startswith(WHOLE)]:
        raise ValueError(f"«{strange[0]}» n'est pas compris. {USAGE}")
    content, trial = await asyncio.to_thread(_read, Path(path)), TRIAL in words
    places = await usecases.read_and_compare(runtime.work, content, elsewhere=ELSEWHERE in words)
    whole = next((word.removeprefix(WHOLE) for word in words if word.startswith(WHOLE)), "")
    _, done = await runtime.work.transact(
        lambda tx: usecases.import_file(tx, places, trial=trial, list_name=whole, progress=progress)
    )
    print_result(done)


def _read(path: Path) -> bytes:
    """Raises ValueError: it is not there, is a folder, may not be read or is too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"Ce fichier est trop lourd : {LARGEST // 2**20} Mo au plus. Coupez-le en plusieurs.")
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"Le fichier {path} ne peut pas être lu ({error.strerror}). {USAGE}") from error


def print_result(done: usecases.ImportResult) -> None:
    """Print line by line and field by field, then the sum."""
    for remark in done.remarks:
        print(f"ligne {remark.line}\t{SEVERITIES[remark.severity]}\t{remark.field}\t{remark.sentence}")
    for line in done.lines:
        if line.outcome != "unchanged":
            print(f"{line.name}\t{OUTCOMES[line.outcome][0]}\t{', '.join(line.fields)}".rstrip())
    print(f"{done.standard} : {done.records} lieux lus, {counted(done.counts)}")


def progress(done: int, of: int) -> None:
    """Draw a bar on the terminal of a person; a log needs none."""
    if sys.stderr.isatty():
        bar = "█" * (BAR * done // of)
        print(f"\r{bar:{BAR}} {done} / {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counts[outcome]}" for outcome, (_, name) in OUTCOMES.items() if outcome in counts)
