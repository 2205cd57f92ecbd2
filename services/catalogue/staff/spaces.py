"""A space written by hand: added, put right, closed and opened again."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator
from starlette.responses import Response

from chassis.web import FormCommand, Page, Read, traced
from contracts.ids import SpaceId
from county.communes import by_insee
from services.catalogue import acts, queries, usecases
from services.catalogue.access import Administrator
from services.catalogue.model import SpaceDetails
from services.catalogue.standards import LISTS, clean, commune_for, reader_of

router = APIRouter()

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
        """Clean each text: a browser ends its lines in two characters."""
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


@router.get("/gestion/espaces/nouveau")
async def new(page: Page, _: Administrator) -> Response:
    return page.show("space_form.html", space=None, place=None, kinds=KINDS.items())


@router.post("/gestion/espaces", dependencies=[traced(acts.SPACE_ADDED)])
async def add(command: FormCommand, form: Annotated[SpaceForm, Form()], _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.add_space(tx, form.details()), goto=lambda space: f"/espaces/{space.id}"
    )


@router.get("/espaces/{space_id}/corriger")
async def form(page: Page, reading: Read, _: Administrator, space_id: SpaceId) -> Response:
    space = await queries.space(reading, space_id)
    place = space.standard
    rank = {kind: number for number, kind in enumerate(place.itinerance)}
    kinds = sorted(KINDS.items(), key=lambda kind: rank.get(kind[0], len(KINDS)))
    return page.show("space_form.html", space=space, place=place, kinds=kinds)


@router.post("/espaces/{space_id}/corriger", dependencies=[traced(acts.SPACE_CORRECTED)])
async def correct(
    command: FormCommand, space_id: SpaceId, form: Annotated[SpaceForm, Form()], _: Administrator
) -> Response:
    return await command.run(
        lambda tx: usecases.correct_space(tx, space_id, form.details()),
        goto=lambda _: f"/espaces/{space_id}",
        flash=lambda _: "L'espace est corrigé.",
    )


@router.post("/espaces/{space_id}/fermer", dependencies=[traced(acts.SPACE_CLOSED)])
async def close(command: FormCommand, space_id: SpaceId, _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.close_space(tx, space_id, closed=True),
        goto=lambda _: "/seances/a-reprendre",
        flash=lambda _: "L'espace est fermé. Ses séances prévues restent, les voici : déplacez-les ou annulez-les.",
    )


@router.post("/espaces/{space_id}/rouvrir", dependencies=[traced(acts.SPACE_REOPENED)])
async def open_again(command: FormCommand, space_id: SpaceId, _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.close_space(tx, space_id, closed=False),
        goto=lambda _: f"/espaces/{space_id}",
        flash=lambda _: "L'espace est ouvert à nouveau.",
    )
