"""A place as version 1.0.2 of the national standard knows it: its 32 fields, under its names, in its order.

The types refuse what the standard refuses, whole values matched: a Place that exists can be published.
"""

from datetime import date
from typing import Annotated, get_origin

from pydantic import BaseModel, ConfigDict, Field

OUR_LABEL = "Pass numérique Drôme"
"""Said in «autres_formations_labels» when a place is exported; it is ours to say, so no file can."""

NO_PIVOT = "0" * 14
"""What the standard asks for when neither SIRET nor RNA is known."""

Word = Annotated[str, Field(min_length=1)]
Words = tuple[Word, ...]


class Place(BaseModel):
    """Absent is None, or an empty tuple for a list. Position is WGS 84 degrees."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    id: Word
    pivot: Annotated[str, Field(pattern=r"^[a-zA-Z0-9]{9,14}$")]
    nom: Word
    commune: Word
    code_postal: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    code_insee: Annotated[str, Field(pattern=r"^([013-9][0-9]|2[AB1-9])[0-9]{3}$")] | None = None
    adresse: Word
    complement_adresse: Word | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    typologie: Words = ()
    telephone: Annotated[str, Field(pattern=r"^\+[0-9]{8,12}$")] | None = None
    courriels: Words = ()
    site_web: Words = ()
    horaires: Word | None = None
    presentation_resume: Annotated[str, Field(min_length=1, max_length=280)] | None = None
    presentation_detail: Word | None = None
    source: Word | None = None
    itinerance: Words = ()
    structure_parente: Word | None = None
    date_maj: date
    services: Words = ()
    publics_specifiquement_adresses: Words = ()
    prise_en_charge_specifique: Words = ()
    frais_a_charge: Words = ()
    dispositif_programmes_nationaux: Words = ()
    formations_labels: Words = ()
    autres_formations_labels: Words = ()
    modalites_acces: Words = ()
    modalites_accompagnement: Words = ()
    fiche_acces_libre: Word | None = None
    prise_rdv: Word | None = None


FIELDS = tuple(Place.model_fields)
REQUIRED = tuple(name for name, field in Place.model_fields.items() if field.is_required())
LISTS = frozenset(name for name, field in Place.model_fields.items() if get_origin(field.annotation) is tuple)
