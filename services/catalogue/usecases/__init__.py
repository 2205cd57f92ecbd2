"""What catalogue does: put `sessions` on, keep `places` and their labels, publish trainings, name mediators."""

from services.catalogue.usecases.places import Imported, Line, import_places, label_space
from services.catalogue.usecases.sessions import cancel_session, change_session, put_on_session
from services.catalogue.usecases.upkeep import keep_centre, keep_mediator, keep_seats, look_at_labels, publish

__all__ = [
    "Imported",
    "Line",
    "cancel_session",
    "change_session",
    "import_places",
    "keep_centre",
    "keep_mediator",
    "keep_seats",
    "label_space",
    "look_at_labels",
    "publish",
    "put_on_session",
]
