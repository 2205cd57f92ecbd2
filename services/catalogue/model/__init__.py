"""What catalogue stores and decides."""

from services.catalogue.model.author import Author, SessionChange
from services.catalogue.model.centre import Centre
from services.catalogue.model.feed import Feed, feed_code
from services.catalogue.model.label import Label, LabelForm
from services.catalogue.model.mediator import Mediator, MediatorForm
from services.catalogue.model.place_import import Answers, PlaceAnswer, PlaceImport, SubmittedFile
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import LabelsOverlap, MediatorTaken, RoomTaken
from services.catalogue.model.series import Series, SeriesForm, Slot, WeekForm
from services.catalogue.model.session import Session, SessionForm, SessionParts
from services.catalogue.model.space import Space, SpaceDetails
from services.catalogue.model.training import FROM_FILE, Training, TrainingTerm, TrainingVersion, weighted_texts

__all__ = [
    "FROM_FILE",
    "Answers",
    "Author",
    "Centre",
    "Feed",
    "Label",
    "LabelForm",
    "LabelsOverlap",
    "Mediator",
    "MediatorForm",
    "MediatorTaken",
    "PlaceAnswer",
    "PlaceImport",
    "Record",
    "RoomTaken",
    "Series",
    "SeriesForm",
    "Session",
    "SessionChange",
    "SessionForm",
    "SessionParts",
    "Slot",
    "Space",
    "SpaceDetails",
    "SubmittedFile",
    "Training",
    "TrainingTerm",
    "TrainingVersion",
    "WeekForm",
    "feed_code",
    "weighted_texts",
]
