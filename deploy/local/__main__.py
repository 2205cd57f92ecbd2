"""python -m deploy.local demo|run: the whole system on this machine."""

import signal
import sys
import time
from types import FrameType

from rich.console import Console

from deploy.local.demo.bus import Listener, NotObserved
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
        console.print("Ctrl-C pour arrêter.")
        while True:
            time.sleep(3600)


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
