"""What a person writes of a space, read as the national standard writes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from chassis.communes import by_insee
from services.catalogue.model import SpaceDetails
from services.catalogue.standards import LISTS, clean, commune_for, reader_of

POSITION = ("latitude", "longitude")
READ = {
    "nom": "écrivez le nom du lieu",
    "adresse": "écrivez l'adresse du lieu",
    "code_postal": "le code postal a cinq chiffres",
    "telephone": "ce numéro de téléphone n'est pas français",
    "courriels": "une adresse e-mail n'est pas complète",
    "site_web": "une adresse de site n'est pas complète",
    "code_insee": "ce code de commune n'existe pas",
    "horaires": "ces horaires ne sont pas au format «Mo-Fr 09:00-12:00»",
    "fiche_acces_libre": "cette adresse de fiche n'est pas complète",
    "latitude": "la latitude est un nombre, comme 44.728",
    "longitude": "la longitude est un nombre, comme 5.023",
}

KINDS = {"Fixe": "fixe", "Itinérant": "se déplace"}


class SpaceForm(BaseModel):
    """Fields of the standard by their names; an empty one says nothing. Of lists and rooms, one value a line.

    `code_insee` is the one the place has: it stays for a commune elsewhere, of which we have no table.
    """

    nom: str = Field(min_length=3, max_length=150)
    adresse: str = Field(min_length=3, max_length=200)
    complement_adresse: str = ""
    code_postal: str = Field(min_length=1)
    commune: str = Field(min_length=1, max_length=80)
    code_insee: str = ""
    latitude: str = ""
    longitude: str = ""
    telephone: str = ""
    courriels: str = ""
    site_web: str = ""
    horaires: str = ""
    fiche_acces_libre: str = ""
    presentation_resume: str = Field("", max_length=280)
    itinerance: tuple[Literal["Fixe", "Itinérant"], ...] = ()
    rooms: str = Field("", max_length=500)
    seats: Annotated[int, Field(ge=0, le=200)] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def cleaned(cls, given: object) -> object:
        """A browser ends its lines in two characters."""
        return clean(given) if isinstance(given, str) else given

    @field_validator("seats", mode="before")
    @classmethod
    def as_they_are(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator(*READ)
    @classmethod
    def as_the_standard_writes(cls, text: str, field: ValidationInfo) -> str:
        name = str(field.field_name)
        read = reader_of(name)
        values = [read(line).value for line in (text.splitlines() if name in LISTS else [text]) if line]
        if None in values:
            raise ValueError(READ[name])
        return "\n".join(map(str, values))

    @model_validator(mode="after")
    def somewhere(self) -> "SpaceForm":
        if bool(self.latitude) != bool(self.longitude):
            raise ValueError("une position a une latitude et une longitude")
        commune = commune_for(self.commune, self.code_postal, "")
        if commune:
            self.commune, self.code_insee = commune.name, commune.insee
        elif by_insee(self.code_insee) or not self.code_insee:
            if self.code_postal.startswith("26"):
                raise ValueError("cette commune de la Drôme n'existe pas : vérifiez son nom et le code postal")
            self.code_insee = ""
        return self

    def details(self) -> SpaceDetails:
        texts = self.model_dump(exclude={"rooms", "seats", "itinerance"})
        values: dict[str, Any] = {name: text or None for name, text in texts.items()}
        values |= {name: tuple(texts[name].splitlines()) for name in texts if name in LISTS}
        values |= {name: float(texts[name]) for name in POSITION if texts[name]}
        rooms = [line for line in self.rooms.splitlines() if line]
        return SpaceDetails(values | {"itinerance": self.itinerance}, rooms, self.seats)
