"""What catalogue does: put `sessions` on, one or in `series`; import files of places (`imports`); write `trainings`."""

from services.catalogue.usecases.imports import (
    AT_ONCE,
    ImportResult,
    Line,
    answer_double,
    compare,
    forget_imports,
    import_file,
    import_places,
    read_and_compare,
    read_file,
)
from services.catalogue.usecases.mediators import publish_departures, publish_mediators, renew_feed, upsert_mediator
from services.catalogue.usecases.series import copy_week, put_on_series, week_of
from services.catalogue.usecases.sessions import cancel_session, change_session, put_on_session, record_seats
from services.catalogue.usecases.spaces import (
    add_space,
    close_space,
    correct_space,
    end_label,
    label_space,
    publish_label_ends,
)
from services.catalogue.usecases.subject_requests import answer_copy, erase_beneficiary
from services.catalogue.usecases.submitted_files import import_left_behind, import_submitted, submit_file
from services.catalogue.usecases.trainings import publish_trainings, refold_terms, withdraw_training, write_training

__all__ = [
    "AT_ONCE",
    "ImportResult",
    "Line",
    "add_space",
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
    "import_file",
    "import_left_behind",
    "import_places",
    "import_submitted",
    "label_space",
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
    "submit_file",
    "upsert_mediator",
    "week_of",
    "withdraw_training",
    "write_training",
]
