"""python -m services.prescription [serve|migrate|parked|replay|discard|forgotten|forget-again …]."""

from chassis.commands import main
from services.prescription import forgotten
from services.prescription.app import create_site

if __name__ == "__main__":
    main(create_site, {"forgotten": forgotten.listed, "forget-again": forgotten.forget_again})
