"""The files read: the first fault stops everything, and its sentence says which file, which training, which field."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chassis.refusal import Invalid
from services.catalogue.trainings.plainness import careless
from services.catalogue.trainings.text import ReviewedText, TrainingText

FOLDER = Path(__file__).parents[1] / "data" / "trainings"

FIELDS = {
    "code": "code",
    "title": "titre",
    "summary": "résumé",
    "objectives": "objectifs",
    "prerequisites": "prérequis",
    "level": "niveau",
    "themes": "thèmes",
    "words": "mots de recherche",
    "thematiques": "thématiques",
    "audiences": "publics",
    "hours": "durée en heures",
    "accessibility": "accessibilité",
    "bring": "à apporter",
}
FAULTS = {
    "missing": "champ absent",
    "extra_forbidden": "champ inconnu",
    "string_too_short": "trop court, il faut au moins {min_length} caractères",
    "string_too_long": "trop long, il faut au plus {max_length} caractères",
    "too_short": "il en faut au moins {min_length}",
    "too_long": "il en faut au plus {max_length}",
    "greater_than_equal": "il faut au moins {ge}",
    "less_than_equal": "il faut au plus {le}",
    "string_pattern_mismatch": "« {input} » ne s'écrit pas comme MAIL-01",
    "literal_error": "« {input} » n'est pas une valeur connue",
}


class TrainingRefused(Invalid):
    """A text is not fit to be published: the sentence names the file, the training and the fault."""


def read_trainings(folder: Path = FOLDER) -> Iterator[ReviewedText]:
    """Read all of them, theme by theme. Raises TrainingRefused at the first fault."""
    for file in sorted(folder.glob("*.toml")):
        for raw in _entries(file):
            text = _text(file, raw)
            for fault in careless(text):
                raise TrainingRefused(f"{file.name}, {text.code} : {fault}.")
            yield text


def _entries(file: Path) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8")).get("training", [])
    except ValueError as fault:
        line = re.search(r"line (\d+)", str(fault))
        where = f"à la ligne {line[1]}" if line else "à la fin du fichier"
        raise TrainingRefused(f"{file.name} n'est pas écrit en TOML : regardez {where}.") from fault
    return entries


def checked(raw: dict[str, Any]) -> TrainingText:
    """Check what a person wrote on a page. Raises TrainingRefused."""
    try:
        return TrainingText.model_validate(raw)
    except ValidationError as fault:
        raise TrainingRefused(f"{_sentence(fault.errors()[0]).capitalize()}.") from fault


def _text(file: Path, raw: dict[str, Any]) -> ReviewedText:
    code = raw.get("code", "formation sans code")
    try:
        text = ReviewedText.model_validate(raw)
    except ValidationError as fault:
        raise TrainingRefused(f"{file.name}, {code} : {_sentence(fault.errors()[0])}.") from fault
    if text.themes[0] != file.stem:
        raise TrainingRefused(f"{file.name}, {code} : le premier thème doit être celui du fichier, « {file.stem} ».")
    return text


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    fault = FAULTS.get(error["type"], "la valeur n'a pas la bonne forme")
    return f"{FIELDS.get(name, name)}, {fault.format(input=error['input'], **error.get('ctx', {}))}"
