"""What a prescriber writes down of a resident, at the counter. Rules 3, 4 and 9."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from chassis.bounds import Day
from chassis.plain import in_latin_letters, visible
from chassis.texts import OneLine, one_line
from contracts.ids import CentreId
from contracts.words import Audience, Channel, SupportNeed
from county import phones
from county.communes import by_insee
from county.emails import email_address

Language = Literal["fluent", "basic", "interpreter"]
STORED = "stored"
"""The context of what an older version has let in: it is read again as it is."""
Written = Annotated[OneLine, StringConstraints(min_length=1, max_length=80)]


class Registration(BaseModel):
    """The form of a resident, filled by a prescriber.

    `birth_name` when it is another one. `moved_away`: the commune is the last one in the Drôme.
    `age_checked`: an age that nobody would think of is right.

    `channel` stands after what it needs. `confirmed`: those who look alike were shown, and it is none of them.

    `start_again`: messages by this channel were stopped, and are wanted again (rule 25).
    """

    first_name: Written
    last_name: Written
    birth_name: Written | None = None
    birth_date: Day
    commune_insee: str
    phone: str | None = None
    email: str | None = Field(None, max_length=254, json_schema_extra={"format": "email"})
    postal_address: str | None = Field(None, max_length=300)
    channel: Channel
    audiences: tuple[Audience, ...] = ()
    msa: bool = False
    language_level: Language = "fluent"
    support_needs: tuple[SupportNeed, ...] = ()
    preferred_centre_id: CentreId | None = None
    moved_away: bool = False
    confirmed: bool = False
    age_checked: bool = False
    start_again: bool = False

    @field_validator("first_name", "last_name", "birth_name")
    @classmethod
    def readable(cls, name: str | None) -> str | None:
        if name and not in_latin_letters(name):
            raise ValueError("écrivez le nom en lettres latines, comme sur ses papiers français")
        return name

    @field_validator("birth_name", mode="before")
    @classmethod
    def perhaps(cls, text: object) -> object:
        return one_line(text) or None if isinstance(text, str) else text

    @field_validator("phone", "email", "postal_address", mode="before")
    @classmethod
    def nothing(cls, text: object) -> object:
        return visible(text) or None if isinstance(text, str) else text

    @field_validator("postal_address")
    @classmethod
    def seen(cls, text: str | None) -> str | None:
        """Reads line by line, as it is written on an envelope."""
        return "\n".join(filter(None, map(one_line, text.splitlines()))) or None if text else None

    @field_validator("email")
    @classmethod
    def deliverable(cls, text: str | None, info: ValidationInfo) -> str | None:
        return text if info.context == STORED else email_address(text) if text else None

    @field_validator("commune_insee")
    @classmethod
    def lives_in_the_drome(cls, code: str) -> str:
        commune = by_insee(code)
        if commune is None:
            raise ValueError(
                "le Pass numérique est réservé aux habitants de la Drôme : choisissez une commune de la liste"
            )
        return commune.insee

    @field_validator("phone")
    @classmethod
    def dialled(cls, text: str | None, info: ValidationInfo) -> str | None:
        return text if info.context == STORED else phones.of_a_person(text).number if text else None

    @field_validator("channel")
    @classmethod
    def reachable(cls, channel: Channel, info: ValidationInfo) -> Channel:
        """Nothing is promised that can't be done; a field with a fault of its own says that fault alone."""
        values = info.data
        if channel == "sms" and "phone" in values:
            _takes_sms(values["phone"])
        if channel == "email" and "email" in values and not values["email"]:
            raise ValueError("écrivez l'adresse e-mail, ou choisissez un autre moyen")
        if channel == "letter" and "postal_address" in values and not values["postal_address"]:
            raise ValueError("écrivez l'adresse postale, ou choisissez un autre moyen")
        return channel

    @model_validator(mode="after")
    def once_each(self) -> Self:
        self.audiences = tuple(dict.fromkeys(self.audiences))
        self.support_needs = tuple(dict.fromkeys(self.support_needs))
        return self


def _takes_sms(number: str | None) -> None:
    """Raises ValueError, and says when it is for our contract alone."""
    phone = phones.read(number) if number else None
    if phone and phone.overseas and phone.kind == "foreign":
        raise ValueError("nos SMS n'arrivent pas sur les mobiles d'outre-mer : choisissez l'appel ou un autre moyen")
    if phone is None or phone.kind != "mobile":
        raise ValueError("ce numéro ne peut pas recevoir de SMS : choisissez l'appel, l'e-mail ou le courrier")
