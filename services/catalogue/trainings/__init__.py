"""The texts of the trainings, as reviewed in `data/trainings/*.toml`: read and held to their limits. Rule 12.

`read_trainings` refuses a text that breaks a limit or is hard to read.
"""

from services.catalogue.trainings.plainness import careless, reading_ease
from services.catalogue.trainings.reading import TrainingRefused, checked, read_trainings
from services.catalogue.trainings.text import CODE, ReviewedText, Thematique, Theme, TrainingText

__all__ = [
    "CODE",
    "ReviewedText",
    "Thematique",
    "Theme",
    "TrainingRefused",
    "TrainingText",
    "careless",
    "checked",
    "read_trainings",
    "reading_ease",
]
