"""python -m services.notifications [serve|migrate|parked|replay|discard]."""

from chassis.commands import main
from services.notifications.app import assemble

if __name__ == "__main__":
    main(assemble)
