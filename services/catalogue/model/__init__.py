"""What catalogue stores and decides."""

from services.catalogue.model.centre import Centre
from services.catalogue.model.mediator import Mediator, MediatorForm
from services.catalogue.model.record import Record
from services.catalogue.model.refusals import LabelsOverlap, MediatorTaken, RoomTaken
from services.catalogue.model.session import Parts, Session, SessionForm
from services.catalogue.model.space import Label, LabelForm, Space
from services.catalogue.model.training import Training

__all__ = [
    "Centre",
    "Label",
    "LabelForm",
    "LabelsOverlap",
    "Mediator",
    "MediatorForm",
    "MediatorTaken",
    "Parts",
    "Record",
    "RoomTaken",
    "Session",
    "SessionForm",
    "Space",
    "Training",
]
