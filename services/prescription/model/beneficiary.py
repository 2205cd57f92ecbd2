"""A resident who receives books: personal data lives here and leaves only on the restricted topic. Rules 3 to 5, 26."""

from datetime import date, datetime
from typing import Literal, Self, get_args

from pydantic import BaseModel, Field, field_validator, model_validator
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.communes import by_insee
from chassis.plain import plain
from chassis.refusal import Refusal
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, BookingId, CentreId, NoticeId, PrescriberId
from contracts.prescription import BeneficiaryRegistered
from contracts.words import Audience, Channel, NoticeKind, PhoneKind
from services.prescription.model import phone
from services.prescription.model.record import Record

CHANNELS = ", ".join(f"'{channel}'" for channel in get_args(Channel))
Language = Literal["fluent", "basic", "interpreter"]


class AlreadyKnown(Refusal):
    """Rule 5."""

    def __init__(self) -> None:
        super().__init__(
            "Une personne de même nom et née le même jour est déjà inscrite. Cherchez-la par son nom : "
            "si c'est elle, prescrivez sur sa fiche ; sinon, appelez le Département."
        )


class Registration(BaseModel):
    """What a prescriber tells of a resident, at the counter."""

    first_name: str = Field(min_length=1, max_length=80)
    last_name: str = Field(min_length=1, max_length=80)
    birth_date: date
    commune_insee: str
    phone: str | None = None
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)
    postal_address: str | None = Field(None, max_length=300)
    channel: Channel
    audiences: tuple[Audience, ...] = ()
    msa: bool = False
    language_level: Language = "fluent"

    @field_validator("phone", "email", "postal_address", mode="before")
    @classmethod
    def nothing(cls, text: str | None) -> str | None:
        return text.strip() or None if text else None

    @field_validator("commune_insee")
    @classmethod
    def lives_in_the_drome(cls, code: str) -> str:
        if by_insee(code) is None:
            raise ValueError(
                "le Pass numérique est réservé aux habitants de la Drôme : choisissez une commune de la liste"
            )
        return code

    @field_validator("phone")
    @classmethod
    def dialled(cls, text: str | None) -> str | None:
        return phone.read(text).number if text else None

    @model_validator(mode="after")
    def reachable(self) -> Self:
        if self.channel == "sms" and (not self.phone or phone.read(self.phone).kind != "mobile"):
            raise ValueError("ce numéro ne peut pas recevoir de SMS : choisissez l'appel, l'e-mail ou le courrier")
        if self.channel == "email" and not self.email:
            raise ValueError("écrivez l'adresse e-mail, ou choisissez un autre moyen")
        if self.channel == "letter" and not self.postal_address:
            raise ValueError("écrivez l'adresse postale, ou choisissez un autre moyen")
        return self


class Beneficiary(Record):
    """A person and what booking told of their hours. `version` grows with each change of contact."""

    __tablename__ = "beneficiaries"
    __table_args__ = (
        UniqueConstraint("plain_name", "birth_date"),
        CheckConstraint("commune_insee ~ '^26[0-9]{3}$'", name="commune"),
        CheckConstraint(f"channel in ({CHANNELS})", name="channel"),
        CheckConstraint("channel <> 'sms' or phone_kind = 'mobile'", name="sms"),
        Index(None, "plain_name", postgresql_using="gin", postgresql_ops={"plain_name": "gin_trgm_ops"}),
        Index(None, "phone"),
    )

    id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    version: Mapped[int]
    centre_id: Mapped[CentreId] = mapped_column(ForeignKey("centres.id"))
    registered_by: Mapped[PrescriberId] = mapped_column(ForeignKey("prescribers.id"))
    registered_at: Mapped[datetime]
    first_name: Mapped[str]
    last_name: Mapped[str]
    plain_name: Mapped[str]
    birth_date: Mapped[date]
    commune_insee: Mapped[str]
    channel: Mapped[Channel]
    phone: Mapped[str | None]
    phone_kind: Mapped[PhoneKind | None]
    email: Mapped[str | None]
    postal_address: Mapped[str | None]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    msa: Mapped[bool]
    language_level: Mapped[Language]
    opt_outs: Mapped[list[Channel]] = mapped_column(ARRAY(Text))
    wallet_version: Mapped[int]
    hours_followed: Mapped[int]
    first_hour_on: Mapped[date | None]

    @classmethod
    def registered(
        cls, beneficiary_id: BeneficiaryId, told: Registration, *, by: PrescriberId, centre: CentreId, now: datetime
    ) -> Self:
        return cls(
            id=beneficiary_id,
            version=1,
            centre_id=centre,
            registered_by=by,
            registered_at=now,
            plain_name=plain(f"{told.last_name} {told.first_name}"),
            phone_kind=phone.read(told.phone).kind if told.phone else None,
            opt_outs=[],
            wallet_version=0,
            hours_followed=0,
            first_hour_on=None,
            **told.model_dump(exclude={"audiences"}),
            audiences=list(told.audiences),
        )

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def announced(self) -> BeneficiaryRegistered:
        commune = by_insee(self.commune_insee)
        return BeneficiaryRegistered(
            beneficiary_id=self.id,
            centre_id=self.centre_id,
            commune_insee=self.commune_insee,
            epci=commune.epci_siren if commune else "",
            audiences=tuple(self.audiences),
            msa=self.msa,
            registered_at=self.registered_at,
        )

    def contact(self, book_references: tuple[str, ...] = ()) -> ContactStated:
        """The envelope's lines begin with the person's name; there are none without an address."""
        lines = (self.name, *self.postal_address.splitlines()) if self.postal_address else ()
        return ContactStated(
            beneficiary_id=self.id,
            version=self.version,
            centre_id=self.centre_id,
            first_name=self.first_name,
            last_initial=self.last_name[:1].upper(),
            channel=self.channel,
            phone=self.phone,
            phone_kind=self.phone_kind,
            email=self.email,
            postal_address=lines,
            language_level=self.language_level,
            opt_outs=tuple(self.opt_outs),
            book_references=book_references,
        )


class TroubledNotice(Record):
    """A message that did not reach the person, as notifications told it."""

    __tablename__ = "troubled_notices"

    notice_id: Mapped[NoticeId] = mapped_column(primary_key=True)
    beneficiary_id: Mapped[BeneficiaryId] = mapped_column(index=True)
    booking_id: Mapped[BookingId | None]
    kind: Mapped[NoticeKind]
    channel: Mapped[Channel]
    to_call: Mapped[bool]
    reason: Mapped[str]
    heard_at: Mapped[datetime]
