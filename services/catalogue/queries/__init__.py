"""What catalogue asks its database, named by the answer."""

from services.catalogue.queries.changes import changed, coming_sessions, offered
from services.catalogue.queries.people import all_mediators, mediator, mediators, mediators_with_an_end, open_centres
from services.catalogue.queries.sessions import (
    next_in_space,
    parts,
    series,
    session,
    session_locked,
    sessions_by_id,
    sessions_locked,
    sessions_of_week,
    sessions_to_come,
    touch_sessions,
    upcoming_sessions,
)
from services.catalogue.queries.spaces import (
    all_spaces,
    labels_with_an_end,
    space,
    spaces,
    spaces_by_source,
    spaces_near,
)
from services.catalogue.queries.trainings import (
    all_trainings,
    keep_terms,
    training_by_code,
    trainings,
    trainings_by_code,
    version,
    versions,
)
from services.catalogue.queries.wish import Found, Wish, found_trainings

__all__ = [
    "Found",
    "Wish",
    "all_mediators",
    "all_spaces",
    "all_trainings",
    "changed",
    "coming_sessions",
    "found_trainings",
    "keep_terms",
    "labels_with_an_end",
    "mediator",
    "mediators",
    "mediators_with_an_end",
    "next_in_space",
    "offered",
    "open_centres",
    "parts",
    "series",
    "session",
    "session_locked",
    "sessions_by_id",
    "sessions_locked",
    "sessions_of_week",
    "sessions_to_come",
    "space",
    "spaces",
    "spaces_by_source",
    "spaces_near",
    "touch_sessions",
    "training_by_code",
    "trainings",
    "trainings_by_code",
    "upcoming_sessions",
    "version",
    "versions",
]
