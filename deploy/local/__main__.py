"""python -m deploy.local demo|run: the whole system on this machine."""

import os
import signal
import sys
import time
from types import FrameType

from rich.console import Console

from deploy.local.demo.bus import Listener, NotObserved
from deploy.local.demo.county import fill
from deploy.local.demo.stage import Stage
from deploy.local.demo.story import Story
from deploy.local.demo.telling import tell
from deploy.local.servers import ROOT, AlreadyRunning
from deploy.local.system import System

FOLDER = ROOT / ".local" / "system"

console = Console()


def demo() -> None:
    """A whole pass, from nothing. Exit status 0 only when each step was observed."""
    began = time.monotonic()
    console.print("Kafka, PostgreSQL et les quatre services démarrent…")
    with System.started(FOLDER, afresh=True) as system, Listener(system.servers.kafka.bootstrap).listening() as bus:
        console.print(f"Tout est prêt après {time.monotonic() - began:.0f} s. L'histoire commence.\n")
        stage = Stage(system, bus, console)
        try:
            Story(stage).play()
        except NotObserved as missing:
            console.print(f"[red]✗[/red] {missing}", highlight=False)
            sys.exit(1)
        (FOLDER / "played").touch()
        tell(console, stage.steps)
        addresses(system)
    console.print(
        f"Terminé en {time.monotonic() - began:.0f} s. «make run» garde le système ouvert, avec cette histoire."
    )


def run() -> None:
    """Until Ctrl-C."""
    console.print("Kafka, PostgreSQL et les quatre services démarrent…")
    with System.started(FOLDER) as system:
        addresses(system)
        if not os.environ.get("EMPTY"):
            people(system)
        console.print("Ctrl-C pour arrêter.")
        while True:
            time.sleep(3600)


def people(system: System) -> None:
    """Once: the story of `demo`, unless it was played, then a county around it. A step that is not seen ends it."""
    played, peopled = FOLDER / "played", FOLDER / "peopled"
    if peopled.exists():
        return
    console.print("La démonstration se remplit : des personnes inventées, des séances à venir…")
    with Listener(system.servers.kafka.bootstrap).listening() as bus:
        stage = Stage(system, bus, Console(quiet=True))
        try:
            if not played.exists():
                Story(stage).play()
                played.touch()
            fill(stage)
        except NotObserved as missing:
            console.print(f"[red]✗[/red] La démonstration n'est remplie qu'en partie : {missing}", highlight=False)
            return
    peopled.touch()
    console.print("La démonstration est remplie. «make run EMPTY=1» n'y ajoute rien.")


def addresses(system: System) -> None:
    """Say where people go, and where what is sent to them arrives."""
    for title, url in (("Pass numérique", system.url), ("Téléphones et boîtes aux lettres", system.urls["outside"])):
        console.print(f"  {title:34} {url}", highlight=False)


def ended(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, ended)
    try:
        {"demo": demo, "run": run}[sys.argv[1]]()
    except AlreadyRunning as running:
        sys.exit(str(running))
    except KeyboardInterrupt:
        console.print("Tout est arrêté.")
