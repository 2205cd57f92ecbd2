"""python -m services.prescription [serve|migrate|parked|replay|discard|forgotten|forget-again …]."""

from chassis.commands import main
from services.prescription import forgotten
from services.prescription.app import assemble

if __name__ == "__main__":
    main(assemble, {"forgotten": forgotten.listed, "forget-again": forgotten.forget_again})
