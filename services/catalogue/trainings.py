"""The texts of the trainings, as reviewed in `data/trainings/*.toml`: read and held to their limits. Rule 12."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.catalogue import Hours
from contracts.words import Audience, Level

FOLDER = Path(__file__).parent / "data" / "trainings"

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


class TrainingText(BaseModel):
    """One training in plain French; README.md beside the texts tells what each field holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, Field(pattern=r"^[A-Z]{2,5}-[0-9]{2}$")]
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


def read_trainings(folder: Path = FOLDER) -> Iterator[TrainingText]:
    """All of them, theme by theme. Raises ValidationError with the fault of the first that breaks a limit."""
    for file in sorted(folder.glob("*.toml")):
        for one in tomllib.loads(file.read_text(encoding="utf-8")).get("training", []):
            yield TrainingText.model_validate(one)
