"""A resident who receives books: personal data lives here and leaves only on the restricted topic. Rules 3 to 5, 26."""

from datetime import date, datetime
from typing import Self, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.clock import PARIS
from contracts.booking import WalletChanged
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId, CentreId, PrescriberId
from contracts.notifications import ContactOptedOut
from contracts.prescription import BeneficiaryChanged, BeneficiaryRegistered, BeneficiaryState
from contracts.words import Audience, Channel, NoticeKind, PhoneKind, SupportNeed
from county import phones
from county.communes import all_communes, epci_of_many
from services.prescription.model.centre import Prescriber
from services.prescription.model.names import Called, folded
from services.prescription.model.record import Record
from services.prescription.model.registration import Language, Registration

CHANNELS = ", ".join(f"'{channel}'" for channel in get_args(Channel))
BLANKS = ("phone", "email", "postal_address", "birth_name")
REMEMBERED = {"confirmed", "age_checked", "start_again", "audiences", "support_needs"}


class Beneficiary(Called, Record):
    """A person and what booking published of their hours. `version` grows with each change of contact."""

    __tablename__ = "beneficiaries"
    __table_args__ = (
        UniqueConstraint("name_key", "birth_date", "twin"),
        CheckConstraint("commune_insee ~ '^26[0-9]{3}$'", name="commune"),
        CheckConstraint(f"channel in ({CHANNELS})", name="channel"),
        CheckConstraint("channel <> 'sms' or phone_kind = 'mobile'", name="sms"),
        Index(None, "plain_name", postgresql_using="gin", postgresql_ops={"plain_name": "gin_trgm_ops"}),
        Index(None, "phone"),
        Index(None, "email"),
        Index(None, "birth_date"),
    )

    id: Mapped[BeneficiaryId] = mapped_column(primary_key=True)
    version: Mapped[int]
    centre_id: Mapped[CentreId] = mapped_column(ForeignKey("centres.id"))
    preferred_centre_id: Mapped[CentreId | None] = mapped_column(ForeignKey("centres.id"))
    registered_by: Mapped[PrescriberId] = mapped_column(ForeignKey("prescribers.id"))
    registered_at: Mapped[datetime]
    commune_insee: Mapped[str]
    epci: Mapped[str]
    moved_away: Mapped[bool] = mapped_column(server_default=text("false"))
    channel: Mapped[Channel]
    phone: Mapped[str | None]
    phone_kind: Mapped[PhoneKind | None]
    email: Mapped[str | None]
    postal_address: Mapped[str | None]
    audiences: Mapped[list[Audience]] = mapped_column(ARRAY(Text))
    msa: Mapped[bool]
    language_level: Mapped[Language]
    support_needs: Mapped[list[SupportNeed]] = mapped_column(ARRAY(Text))
    opt_outs: Mapped[list[Channel]] = mapped_column(ARRAY(Text))
    quiet_kinds: Mapped[list[NoticeKind]] = mapped_column(ARRAY(Text))
    wallet_version: Mapped[int]
    hours_followed: Mapped[int]
    first_hour_on: Mapped[date | None]
    last_hour_on: Mapped[date | None]

    @classmethod
    def registered(
        cls, beneficiary_id: BeneficiaryId, form: Registration, *, by: Prescriber, now: datetime, twin: int = 0
    ) -> Self:
        """Makes a new record. Raises BornInTheFuture, OddAge."""
        person = cls(id=beneficiary_id, version=0, centre_id=by.centre_id, registered_by=by.id, registered_at=now)
        person.opt_outs, person.quiet_kinds = [], []
        person.wallet_version = person.hours_followed = 0
        person.first_hour_on = person.last_hour_on = None
        person.update(form, now=now)
        person.twin = twin
        return person

    def update(self, form: Registration, *, now: datetime) -> None:
        """Take what the person says of themselves now. A channel stopped stays so until it is chosen anew (rule 25)."""
        if not self.is_called(form):
            self.twin = 0
        self.call(form, now=now)
        wanted = form.start_again or form.channel != self.channel
        for name, value in form.model_dump(exclude=REMEMBERED).items():
            setattr(self, name, value)
        self.audiences, self.support_needs = [*form.audiences], [*form.support_needs]
        self.phone_kind = phones.read(form.phone).kind if form.phone else None
        self.epci = all_communes()[form.commune_insee].epci_siren
        self.opt_outs = [channel for channel in self.opt_outs if not (wanted and channel == form.channel)]
        self.version += 1

    def differences(self, form: Registration) -> list[str]:
        """Names the fields that the form states otherwise than they are known."""
        known = {
            name: getattr(self, name) for name in form.model_dump(exclude={"confirmed", "age_checked", "start_again"})
        }
        again = ["start_again"] if form.start_again and form.channel in self.opt_outs else []
        return [name for name, value in known.items() if _bare(getattr(form, name)) != value] + again

    def absorb(self, other: Self) -> None:
        """Take from another record of the same person what is missing here; both did the hours."""
        for name in BLANKS:
            if getattr(self, name) is None:
                setattr(self, name, getattr(other, name))
        self.plain_name, _ = folded(self.first_name, self.last_name, self.birth_name)
        self.phone_kind = phones.read(self.phone).kind if self.phone else None
        self.audiences = [*dict.fromkeys([*self.audiences, *other.audiences])]
        self.support_needs = [*dict.fromkeys([*self.support_needs, *other.support_needs])]
        self.opt_outs = [*dict.fromkeys([*self.opt_outs, *other.opt_outs])]
        self.quiet_kinds = [*dict.fromkeys([*self.quiet_kinds, *other.quiet_kinds])]
        self.msa = self.msa or other.msa
        self.registered_at = min(self.registered_at, other.registered_at)
        self.hours_followed += other.hours_followed
        self.first_hour_on = min((day for day in (self.first_hour_on, other.first_hour_on) if day), default=None)
        self.last_hour_on = max((day for day in (self.last_hour_on, other.last_hour_on) if day), default=None)
        self.version += 1

    @property
    def followed_by(self) -> set[CentreId]:
        """Names the centres whose agents open this record without giving a reason."""
        return {centre for centre in (self.centre_id, self.preferred_centre_id) if centre}

    def record_hours(self, wallet: WalletChanged) -> bool:
        """Take the hours that booking published; an older event changes nothing and is answered with False."""
        if wallet.version <= self.wallet_version:
            return False
        self.wallet_version, self.hours_followed = wallet.version, wallet.hours_followed
        self.first_hour_on, self.last_hour_on = wallet.first_hour_on, wallet.last_hour_on or self.last_hour_on
        return True

    def opted_out(self, event: ContactOptedOut) -> bool:
        """Answers False when it was known. Prescription is the record of what a person does not want (rule 25)."""
        if event.kind is not None:
            new = event.kind not in self.quiet_kinds
            self.quiet_kinds = [*self.quiet_kinds, event.kind] if new else self.quiet_kinds
            return False
        if event.channel in self.opt_outs:
            return False
        self.opt_outs, self.version = [*self.opt_outs, event.channel], self.version + 1
        return True

    def announced(self) -> BeneficiaryRegistered:
        return BeneficiaryRegistered.model_validate(self._public())

    def changed(self) -> BeneficiaryChanged:
        return BeneficiaryChanged.model_validate(self._public())

    def _public(self) -> dict[str, object]:
        return BeneficiaryState(
            beneficiary_id=self.id,
            centre_id=self.centre_id,
            epci=epci_of_many(self.commune_insee),
            audiences=tuple(self.audiences),
            msa=self.msa,
            registered_on=self.registered_at.astimezone(PARIS).date(),
        ).model_dump()

    def contact(
        self, book_references: tuple[str, ...] = (), prescriber_ids: tuple[PrescriberId, ...] = ()
    ) -> ContactStated:
        """States how to reach the person. An envelope begins with their name; without an address there is none."""
        lines = (self.name, *self.postal_address.splitlines()) if self.postal_address else ()
        return ContactStated(
            beneficiary_id=self.id,
            version=self.version,
            centre_id=self.preferred_centre_id or self.centre_id,
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
            support_needs=tuple(self.support_needs),
            prescriber_ids=prescriber_ids,
            commune_insee=self.commune_insee,
            registered_at=self.registered_at,
        )


def _bare(value: object) -> object:
    return [*value] if isinstance(value, tuple) else value
