"""python -m deploy.register: write the tables of docs/registre.md and docs/aipd.md from the code and its settings."""

import sys

from deploy.register.stored import differences
from deploy.register.written import write

if faults := [*differences()]:
    sys.exit("\n".join(faults))
write()
