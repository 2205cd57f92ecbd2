"""python -m deploy.traces: erase a person of the demonstration, and count what is left of them, from moment to moment.

Everything runs in a folder of its own. Exit status 1 when something of the person is left where a promise says that
it is gone.
"""

import sys

from rich.console import Console

from deploy.local.demo.bus import Listener
from deploy.local.demo.stage import Stage
from deploy.local.servers import ROOT, removed
from deploy.local.system import System
from deploy.traces.watched import Watched

FOLDER = ROOT / ".local" / "traces"

console = Console(width=150)
try:
    with System.started(FOLDER, afresh=True) as system, Listener(system.servers.kafka.bootstrap).listening() as bus:
        watched = Watched(Stage(system, bus, console))
        watched.play()
        watched.show(console)
        faults = [*watched.faults()]
finally:
    removed(FOLDER)
if faults:
    sys.exit("\n".join(faults))
