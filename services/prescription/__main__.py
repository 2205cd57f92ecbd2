"""python -m services.prescription [serve|migrate|parked|replay|discard]."""

from chassis.commands import main
from services.prescription.app import assemble

if __name__ == "__main__":
    main(assemble)
