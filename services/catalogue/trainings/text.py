"""What one training says, and the limits of each field."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.catalogue import Hours
from contracts.words import Audience, Level

CODE = r"^[A-Z]{2,5}-[0-9]{2}$"

Theme = Literal[
    "premiers-pas",
    "courriel",
    "ordinateur",
    "texte",
    "internet",
    "connexion",
    "smartphone",
    "photos",
    "visio",
    "securite",
    "impots",
    "demarches",
    "sante",
    "emploi",
    "famille",
    "achats-banque",
    "loisirs",
    "environnement",
    "agriculture",
]
Thematique = Literal[
    "numerique--acceder-a-des-services-en-ligne",
    "numerique--acceder-a-une-connexion-internet",
    "numerique--acquerir-un-equipement",
    "numerique--maitriser-les-fondamentaux-du-numerique",
]
Objective = Annotated[str, Field(min_length=20, max_length=120)]
Word = Annotated[str, Field(min_length=2, max_length=60)]


class TrainingText(BaseModel):
    """One training in plain French; README.md beside the texts tells what each field holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=CODE)]
    title: Annotated[str, Field(min_length=10, max_length=80)]
    summary: Annotated[str, Field(min_length=80, max_length=280)]
    objectives: Annotated[tuple[Objective, ...], Field(min_length=3, max_length=5)]
    prerequisites: Annotated[str, Field(min_length=5, max_length=200)]
    level: Level
    themes: Annotated[tuple[Theme, ...], Field(min_length=1)]
    thematiques: Annotated[tuple[Thematique, ...], Field(min_length=1)]
    audiences: tuple[Audience, ...]
    hours: Hours
    accessibility: Annotated[str, Field(min_length=10, max_length=200)]
    bring: Annotated[str, Field(min_length=5, max_length=120)]
    words: Annotated[tuple[Word, ...], Field(max_length=12)] = ()


class ReviewedText(TrainingText):
    """A text of the files is never without what people say when they look for it."""

    words: Annotated[tuple[Word, ...], Field(min_length=3, max_length=12)]
