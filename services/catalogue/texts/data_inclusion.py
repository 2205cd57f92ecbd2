"""Spaces and trainings as data·inclusion v1 knows them: `structure` and `service`. Only the fields that are known.

Dates are those of UTC: the standard refuses a date of tomorrow, which it is in Paris before it is elsewhere.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from contracts.words import Audience
from services.catalogue.model import Space, Training
from services.catalogue.standards import NO_PIVOT, Place

SOURCE = "pass-numerique-drome"
DEPARTMENT = "26"
PUBLICS: dict[Audience, str] = {
    "senior": "seniors",
    "job_seeker": "demandeurs-emploi",
    "young": "jeunes",
    "social_minima": "beneficiaires-des-minimas-sociaux",
    "farmer": "actifs",
    "other": "tous-publics",
}
HOW_TO_COME = (
    "Demandez un chéquier gratuit dans un centre social, un centre médico-social ou un espace France Services."
)
SIRET_LENGTH = 14

Json = dict[str, Any]


def structures_of(spaces: Iterable[Space], url: str) -> list[Json]:
    """Write every listed space, labelled or not."""
    return [_filled(_structure(space, url)) for space in spaces]


def services_of(offered: Iterable[tuple[Training, Space]], url: str) -> list[Json]:
    """Write what can be had in each place: that is a service."""
    return [_filled(_service(training, space, url)) for training, space in offered]


def _structure(space: Space, url: str) -> Json:
    place = space.standard
    siret = place.pivot if place.pivot != NO_PIVOT and len(place.pivot) == SIRET_LENGTH else None
    return {
        "source": SOURCE,
        "id": structure_id(space),
        "nom": place.nom,
        "date_maj": place.date_maj.isoformat(),
        "lien_source": f"{url}/espaces/{space.id}",
        "siret": siret if siret and siret.isdigit() else None,
        "description": place.presentation_detail or place.presentation_resume,
        "accessibilite_lieu": place.fiche_acces_libre,
        "site_web": next(iter(place.site_web), None),
        "horaires_accueil": place.horaires,
        **_where(place),
    }


def _service(training: Training, space: Space, url: str) -> Json:
    place = space.standard
    return {
        "source": SOURCE,
        "structure_id": structure_id(space),
        "id": f"{structure_id(space)}--{training.code}",
        "nom": training.title,
        "description": "\n".join(_described(training)),
        "date_maj": max(training.changed_at, space.changed_at).astimezone(UTC).date().isoformat(),
        "lien_source": f"{url}/formations/{training.code}",
        "type": "formation",
        "thematiques": training.thematiques,
        "frais": "gratuit",
        "publics": [PUBLICS[audience] for audience in training.audiences] or ["tous-publics"],
        "modes_accueil": ["en-presentiel"],
        "mobilisable_par": ["professionnels"],
        "modes_mobilisation": ["se-presenter"],
        "mobilisation_precisions": HOW_TO_COME,
        "conditions_acces": training.prerequisites,
        "zone_eligibilite": [DEPARTMENT],
        "volume_horaire_hebdomadaire": float(training.hours),
        "nombre_semaines": 1,
        "horaires_accueil": place.horaires,
        **_where(place),
    }


def structure_id(space: Space) -> str:
    return f"{SOURCE}--{space.id}"


def _described(training: Training) -> Iterator[str]:
    yield training.summary
    yield from (f"- {objective}" for objective in training.objectives)
    yield f"À apporter : {training.bring}"
    yield f"Accessibilité : {training.accessibility}"


def _where(place: Place) -> Json:
    return {
        "commune": place.commune,
        "code_postal": place.code_postal,
        "code_insee": place.code_insee,
        "adresse": place.adresse,
        "complement_adresse": place.complement_adresse,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "telephone": place.telephone,
        "courriel": next(iter(place.courriels), None),
    }


def _filled(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
