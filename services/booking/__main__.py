"""python -m services.booking [serve|migrate|audit|parked|replay|discard]."""

from chassis.commands import main
from services.booking.app import create_site
from services.booking.audit import audit

if __name__ == "__main__":
    main(create_site, {"audit": audit})
