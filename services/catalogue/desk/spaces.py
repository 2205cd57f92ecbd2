"""A space put right by hand: its address, contact, hours, rooms; closed and opened again."""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from pydantic import BaseModel, Field, field_validator
from starlette.responses import Response

from chassis.web import Page, Read, Transact
from contracts.ids import SpaceId
from services.catalogue import queries, usecases
from services.catalogue.access import Administrator
from services.catalogue.model import Written
from services.catalogue.standards import are_opening_hours
from services.catalogue.standards.values import reader_of

router = APIRouter()

KINDS = {"": (), "Fixe": ("Fixe",), "Itinérant": ("Itinérant",)}
READ = {
    "code_postal": "le code postal a cinq chiffres",
    "telephone": "ce numéro de téléphone n'est pas français",
    "courriels": "cette adresse e-mail n'est pas complète",
    "site_web": "cette adresse de site n'est pas complète",
    "fiche_acces_libre": "cette adresse de fiche n'est pas complète",
}


class SpaceForm(BaseModel):
    """Fields of the standard by their names; an empty one says nothing. Rooms are written a line each."""

    nom: str = Field(min_length=3, max_length=150)
    adresse: str = Field(min_length=3, max_length=200)
    complement_adresse: str = ""
    code_postal: str
    telephone: str = ""
    courriels: str = ""
    site_web: str = ""
    horaires: str = ""
    fiche_acces_libre: str = ""
    presentation_resume: str = Field("", max_length=280)
    itinerance: str = ""
    rooms: str = Field("", max_length=500)

    @field_validator(*READ)
    @classmethod
    def as_the_standard_writes(cls, text: str, field: Any) -> str:  # noqa: ANN401 - pydantic's own
        if not text.strip():
            return ""
        found = reader_of(field.field_name)(text.strip())
        if found.value is None:
            raise ValueError(READ[field.field_name])
        return str(found.value)

    @field_validator("horaires")
    @classmethod
    def understood(cls, text: str) -> str:
        if text and not are_opening_hours(text):
            raise ValueError("ces horaires ne sont pas au format «Mo-Fr 09:00-12:00»")
        return text

    def values(self) -> dict[str, Any]:
        lists = {name: (text,) if (text := getattr(self, name)) else () for name in ("courriels", "site_web")}
        plain = {name: text or None for name, text in self.model_dump(exclude={*lists, "rooms", "itinerance"}).items()}
        return plain | lists | {"itinerance": KINDS.get(self.itinerance, ())}

    def room_names(self) -> list[str]:
        return [line.strip() for line in self.rooms.splitlines() if line.strip()]


@router.get("/espaces/{space_id}/corriger")
async def form(page: Page, reading: Read, _: Administrator, space_id: SpaceId) -> Response:
    found = await queries.space(reading, space_id)
    return page.show("space_form.html", space=found, place=found.standard, kinds=[(key, key) for key in KINDS])


@router.post("/espaces/{space_id}/corriger")
async def correct(
    page: Page, transact: Transact, space_id: SpaceId, form: Annotated[SpaceForm, Form()], _: Administrator
) -> Response:
    await transact(lambda tx: usecases.correct_space(tx, space_id, Written(form.values(), form.room_names())))
    return page.redirect(f"/espaces/{space_id}", said="L'espace est corrigé.")


@router.post("/espaces/{space_id}/fermer")
async def close(page: Page, transact: Transact, space_id: SpaceId, _: Administrator) -> Response:
    await transact(lambda tx: usecases.close_space(tx, space_id, closed=True))
    said = "L'espace est fermé. Ses séances prévues restent : déplacez-les ou annulez-les."
    return page.redirect(f"/planning/espaces/{space_id}", said=said)


@router.post("/espaces/{space_id}/rouvrir")
async def open_again(page: Page, transact: Transact, space_id: SpaceId, _: Administrator) -> Response:
    await transact(lambda tx: usecases.close_space(tx, space_id, closed=False))
    return page.redirect(f"/espaces/{space_id}", said="L'espace est ouvert à nouveau.")
