"""python -m services.booking [serve|migrate|parked|replay|discard]."""

from chassis.commands import main
from services.booking.app import assemble

if __name__ == "__main__":
    main(assemble())
