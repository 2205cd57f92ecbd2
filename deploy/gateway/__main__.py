"""python -m deploy.gateway [--check]: write, or check, the routing table, the configurations and the pages."""

import sys

from deploy.gateway.claims import table
from deploy.gateway.written import outdated, write

if "--check" not in sys.argv:
    write(table())
elif stale := outdated(table()):
    sys.exit(f"{', '.join(stale)}: not current, run python -m deploy.gateway")
