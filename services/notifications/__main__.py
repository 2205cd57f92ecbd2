"""python -m services.notifications [serve|migrate|parked|replay|discard]."""

from chassis.commands import main
from services.notifications.app import create_site

if __name__ == "__main__":
    main(create_site)
