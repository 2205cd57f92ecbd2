"""python -m services.booking [serve|migrate|audit|parked|replay|discard]."""

from chassis.commands import main
from services.booking.app import assemble
from services.booking.audit import audit

if __name__ == "__main__":
    main(assemble, {"audit": audit})
