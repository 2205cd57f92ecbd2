"""python -m services.catalogue [serve|migrate|trainings|places|parked|replay|discard]."""

from chassis.commands import main
from services.catalogue.app import create_site
from services.catalogue.commands import HELP, import_file, publish_trainings

if __name__ == "__main__":
    main(create_site, {"trainings": publish_trainings, "places": import_file}, HELP)
