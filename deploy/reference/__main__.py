"""python -m deploy.reference [--check]: write, or check, `docs/settings.md` and `docs/metrics.md`."""

import sys

from deploy.reference import metrics, settings
from deploy.reference.pages import outdated, write

if faults := [*settings.unclear(), *metrics.unclear()]:
    sys.exit("\n".join(faults))
if "--check" not in sys.argv:
    write()
elif stale := outdated():
    sys.exit(f"{', '.join(stale)}: not current, run python -m deploy.reference")
