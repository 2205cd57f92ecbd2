"""What catalogue does: put `sessions` on, one or in `series`; take `files` of places in; write `trainings`."""

from services.catalogue.usecases.copying import answer_copy
from services.catalogue.usecases.feeds import renew_feed
from services.catalogue.usecases.files import (
    AT_ONCE,
    Imported,
    Line,
    compare,
    import_places,
    read_and_compare,
    read_file,
)
from services.catalogue.usecases.imports import answer_double, forget_imports, take_file
from services.catalogue.usecases.places import add_space, close_space, correct_space, end_label, label_space
from services.catalogue.usecases.series import copy_week, put_on_series, week_of
from services.catalogue.usecases.sessions import cancel_session, change_session, put_on_session
from services.catalogue.usecases.trainings import (
    all_codes,
    publish_trainings,
    refold_terms,
    withdraw_training,
    write_training,
)
from services.catalogue.usecases.upkeep import (
    erase_beneficiary,
    leaving_mediators,
    publish_departures,
    publish_label_ends,
    publish_mediators,
    record_seats,
    spaces_with_ending_labels,
    upsert_centre,
    upsert_mediator,
)

__all__ = [
    "AT_ONCE",
    "Imported",
    "Line",
    "add_space",
    "all_codes",
    "answer_copy",
    "answer_double",
    "cancel_session",
    "change_session",
    "close_space",
    "compare",
    "copy_week",
    "correct_space",
    "end_label",
    "erase_beneficiary",
    "forget_imports",
    "import_places",
    "label_space",
    "leaving_mediators",
    "publish_departures",
    "publish_label_ends",
    "publish_mediators",
    "publish_trainings",
    "put_on_series",
    "put_on_session",
    "read_and_compare",
    "read_file",
    "record_seats",
    "refold_terms",
    "renew_feed",
    "spaces_with_ending_labels",
    "take_file",
    "upsert_centre",
    "upsert_mediator",
    "week_of",
    "withdraw_training",
    "write_training",
]
