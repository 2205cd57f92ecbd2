"""python -m services.prescription [serve|migrate|parked|replay|discard|forgotten|forget-again|account …]."""

from chassis.commands import main
from services.prescription import commands, forgotten
from services.prescription.app import create_site

COMMANDS = {
    "forgotten": forgotten.listed,
    "forget-again": forgotten.forget_again,
    "account": commands.account,
}

if __name__ == "__main__":
    main(create_site, COMMANDS)
