"""What catalogue stores and decides."""

from services.catalogue.model.author import Author, SessionChange
from services.catalogue.model.centre import Centre
from services.catalogue.model.feed import Feed, feed_code
from services.catalogue.model.imported import Answers, PlaceAnswer, PlaceImport
from services.catalogue.model.label import Label, LabelForm
from services.catalogue.model.mediator import Mediator, MediatorForm
from services.catalogue.model.parts import Parts, SessionForm
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import LabelsOverlap, MediatorTaken, RoomTaken
from services.catalogue.model.series import Series, SeriesForm, Slot, WeekForm
from services.catalogue.model.session import Session
from services.catalogue.model.space import Space
from services.catalogue.model.training import FROM_FILE, Training, TrainingTerm, TrainingVersion, said_of
from services.catalogue.model.written import Written

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
    "Parts",
    "PlaceAnswer",
    "PlaceImport",
    "Record",
    "RoomTaken",
    "Series",
    "SeriesForm",
    "Session",
    "SessionChange",
    "SessionForm",
    "Slot",
    "Space",
    "Training",
    "TrainingTerm",
    "TrainingVersion",
    "WeekForm",
    "Written",
    "feed_code",
    "said_of",
]
