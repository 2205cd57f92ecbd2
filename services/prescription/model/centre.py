"""Where books are prescribed, and by whom. Rule 3."""

from typing import get_args

from pydantic import BaseModel, Field, field_validator
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis.refusal import NotAllowed
from chassis.texts import OneLine
from contracts.ids import AccountId, CentreId, PrescriberId
from contracts.prescription import CentreChanged, CentreClosed, CentreOpened
from contracts.words import CentreKind
from county import phones
from county.communes import by_insee
from county.emails import email_address
from services.prescription.model.record import Record

KINDS = ", ".join(f"'{kind}'" for kind in get_args(CentreKind))


class MayNotPrescribe(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "Vous ne pouvez pas prescrire : votre compte ou votre centre n'est plus actif. Appelez le Département."
        )


class CentreForm(BaseModel):
    name: OneLine = Field(min_length=2, max_length=120)
    kind: CentreKind
    commune_insee: str
    phone: str | None = None

    @field_validator("commune_insee")
    @classmethod
    def in_the_drome(cls, code: str) -> str:
        commune = by_insee(code)
        if commune is None:
            raise ValueError("choisissez une commune de la Drôme dans la liste")
        return commune.insee

    @field_validator("phone")
    @classmethod
    def dialled(cls, text: str | None) -> str | None:
        return phones.read(text).number if text else None


class Centre(Record):
    """A centre; `is_open` is false once it no longer prescribes."""

    __tablename__ = "centres"
    __table_args__ = (CheckConstraint(f"kind in ({KINDS})", name="kind"),)

    id: Mapped[CentreId] = mapped_column(primary_key=True)
    version: Mapped[int]
    name: Mapped[str]
    kind: Mapped[CentreKind]
    commune_insee: Mapped[str]
    phone: Mapped[str | None]
    is_open: Mapped[bool]

    @classmethod
    def opened(cls, centre_id: CentreId, form: CentreForm) -> "Centre":
        return cls(id=centre_id, version=1, is_open=True, **form.model_dump())

    def changed(self, form: CentreForm) -> bool:
        """Take the form; answers False when there was nothing to change."""
        before = {name: getattr(self, name) for name in form.model_dump()}
        if before == form.model_dump() and self.is_open:
            return False
        for name, value in form.model_dump().items():
            setattr(self, name, value)
        self.version, self.is_open = self.version + 1, True
        return True

    def close(self) -> bool:
        """Stop its agents from prescribing; its people stay. Answers False when it was closed already."""
        if not self.is_open:
            return False
        self.is_open, self.version = False, self.version + 1
        return True

    def stated(self) -> CentreOpened | CentreChanged | CentreClosed:
        """Makes the event that states the centre as it is now."""
        state = {
            "centre_id": self.id,
            "version": self.version,
            "name": self.name,
            "kind": self.kind,
            "commune_insee": self.commune_insee,
            "phone": self.phone,
        }
        if not self.is_open:
            return CentreClosed.model_validate(state)
        return (CentreOpened if self.version == 1 else CentreChanged).model_validate(state)


class PrescriberForm(BaseModel):
    """Whoever has an `email` gets an account, or the right to prescribe with the account that has it."""

    centre_id: CentreId
    name: OneLine = Field(min_length=2, max_length=120)
    email: str | None = Field(None, max_length=254)
    active: bool = True

    @field_validator("email")
    @classmethod
    def written_right(cls, text: str | None) -> str | None:
        return email_address(text.strip()) if text and text.strip() else None


class Prescriber(Record):
    """An agent of a centre who may prescribe while both are active; with an account, one of it for each centre."""

    __tablename__ = "prescribers"

    id: Mapped[PrescriberId] = mapped_column(primary_key=True)
    centre_id: Mapped[CentreId] = mapped_column(ForeignKey("centres.id"))
    name: Mapped[str]
    active: Mapped[bool]
    account_id: Mapped[AccountId | None] = mapped_column(ForeignKey("accounts.id", ondelete="SET NULL"))
    centre: Mapped[Centre] = relationship(lazy="raise")

    def check(self) -> None:
        """Checks that they may prescribe. Raises MayNotPrescribe."""
        if not (self.active and self.centre.is_open):
            raise MayNotPrescribe
