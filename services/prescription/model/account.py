"""Who may sign in: an agent or a program, with roles, centres, and how the sign-in provider knows them.

The provider says who somebody is; what they may do is said here, by an administrator.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, ValidationInfo, field_validator
from sqlalchemy import CheckConstraint, Index, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from chassis.refusal import Refusal
from chassis.texts import OneLine
from contracts.accounts import AccountChanged, AccountState
from contracts.agents import AgentForgotten, AgentStated
from contracts.ids import AccountId, CentreId, MediatorId, PrescriberId, uuid7
from contracts.words import Role
from county.emails import email_address
from services.prescription.model.record import Record

OPEN = text("state <> 'closed'")
OPEN_MEDIATOR = text("state <> 'closed' AND mediator_id IS NOT NULL")
GivenRole = Literal["administrator", "prescriber"]


class LastAdministrator(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "C'est le dernier compte d'administrateur en service. "
            "Donnez d'abord ce droit à quelqu'un d'autre, qui s'est déjà connecté."
        )


class EmailTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Un autre compte a déjà cette adresse e-mail.")


class AccountIsClosed(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce compte est fermé. Pour que la personne revienne, invitez-la avec un nouveau compte.")


class NoRole(Refusal):
    def __init__(self) -> None:
        super().__init__("Choisissez au moins une fonction : administrateur ou prescripteur.")


class NotInvited(Refusal):
    def __init__(self) -> None:
        super().__init__("Pas d'invitation à envoyer : cette personne s'est déjà connectée, ou son compte est arrêté.")


class AccountForm(BaseModel):
    """What an administrator says of an account. Who is a mediator is said in the catalogue, with their address."""

    name: OneLine = Field(min_length=2, max_length=120)
    email: str = Field(max_length=254)
    roles: frozenset[GivenRole] = frozenset()
    centre_ids: Annotated[frozenset[CentreId], Field(validate_default=True)] = frozenset()

    @field_validator("email")
    @classmethod
    def written_right(cls, text: str) -> str:
        return email_address(text.strip())

    @field_validator("centre_ids")
    @classmethod
    def prescribes_somewhere(cls, centres: frozenset[CentreId], info: ValidationInfo) -> frozenset[CentreId]:
        if "prescriber" not in info.data.get("roles", ()):
            return frozenset()
        if not centres:
            raise ValueError("choisissez au moins un centre pour prescrire")
        return centres


class Account(Record):
    """An agent's or a program's. `email` is in small letters; a closed account's may be invited anew.

    `issuer` and `subject`: how the provider names them, from their first sign-in on. `valid_from`: what was signed
    before is void. `invitations` counts the mails that were asked for.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("kind in ('person', 'system')", name="kind"),
        CheckConstraint("state in ('invited', 'active', 'suspended', 'closed')", name="state"),
        CheckConstraint("roles <@ ARRAY['administrator', 'prescriber', 'mediator']", name="roles"),
        CheckConstraint("email = lower(email)", name="email"),
        CheckConstraint("(issuer is null) = (subject is null)", name="bound"),
        CheckConstraint("(state = 'closed') = (closed_at is not null)", name="closed"),
        Index("ix_accounts_email", "email", unique=True, postgresql_where=OPEN),
        Index("ix_accounts_subject", "issuer", "subject", unique=True, postgresql_where=OPEN),
        Index("ix_accounts_mediator_id", "mediator_id", unique=True, postgresql_where=OPEN_MEDIATOR),
    )

    id: Mapped[AccountId] = mapped_column(primary_key=True)
    version: Mapped[int]
    kind: Mapped[Literal["person", "system"]]
    state: Mapped[AccountState]
    name: Mapped[str]
    email: Mapped[str | None]
    roles: Mapped[list[Role]] = mapped_column(ARRAY(Text))
    centre_ids: Mapped[list[CentreId]] = mapped_column(ARRAY(Uuid))
    mediator_id: Mapped[MediatorId | None]
    prescriber_id: Mapped[PrescriberId | None]
    issuer: Mapped[str | None]
    subject: Mapped[str | None]
    invitations: Mapped[int]
    invited_at: Mapped[datetime | None]
    valid_from: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @classmethod
    def invited(cls, email: str, name: str, *, now: datetime) -> Self:
        """Makes the account of somebody who has no right yet and gets a mail. Each version is announced; none is 0."""
        nothing = dict.fromkeys(("mediator_id", "prescriber_id", "issuer", "subject", "seen_at", "closed_at"))
        account = cls(id=AccountId(uuid7()), version=0, kind="person", state="invited", valid_from=now, **nothing)
        account.email, account.name, account.roles, account.centre_ids = email, name, [], []
        account.invitations, account.invited_at = 1, now
        return account

    @property
    def is_active_administrator(self) -> bool:
        return self.kind == "person" and self.state == "active" and "administrator" in self.roles

    def granted(
        self,
        roles: Collection[Role],
        centre_ids: Collection[CentreId],
        mediator_id: MediatorId | None,
        *,
        now: datetime,
    ) -> bool:
        """Take these rights; answers whether they were others. What was signed before is void then."""
        before = [*self.roles], [*self.centre_ids], self.mediator_id
        rights = sorted(roles), sorted(centre_ids), mediator_id
        if before == rights:
            return False
        self.roles, self.centre_ids, self.mediator_id = rights
        self.valid_from = now
        return True

    def called(self, name: str, email: str | None) -> bool:
        """Take the name and address; answers whether they were others."""
        before, (self.name, self.email) = (self.name, self.email), (name, email)
        return before != (name, email)

    def invite_again(self, *, now: datetime) -> None:
        """Raises NotInvited."""
        if self.state != "invited":
            raise NotInvited
        self.invitations, self.invited_at = self.invitations + 1, now

    def suspend(self, *, now: datetime) -> bool:
        """Answers False when it was suspended already. Raises AccountIsClosed."""
        self.check_open()
        if self.state == "suspended":
            return False
        self.state, self.valid_from = "suspended", now
        return True

    def resume(self) -> bool:
        """Answers False when it was not suspended: of use once they have signed in, invited until then."""
        if self.state != "suspended":
            return False
        self.state = "active" if self.subject else "invited"
        return True

    def close(self, *, now: datetime) -> bool:
        """Answers False when it was closed already."""
        if self.state == "closed":
            return False
        self.state, self.valid_from, self.closed_at = "closed", now, now
        return True

    def bind(self, issuer: str, subject: str) -> None:
        """The first sign-in: from now on they are known by what the provider calls them, whatever their address."""
        self.issuer, self.subject, self.state = issuer, subject, "active"

    def check_open(self) -> None:
        """Raises AccountIsClosed."""
        if self.state == "closed":
            raise AccountIsClosed

    def changed(self) -> AccountChanged:
        """Makes the event that says what they may do, without a name."""
        return AccountChanged(
            account_id=self.id,
            version=self.version,
            kind=self.kind,
            state=self.state,
            roles=tuple(self.roles),
            centre_ids=tuple(self.centre_ids),
            mediator_id=self.mediator_id,
            prescriber_id=self.prescriber_id,
            valid_from=self.valid_from,
        )

    def stated(self) -> AgentStated | AgentForgotten | None:
        """Makes the event that says how to write to them; None for a program."""
        if self.state == "closed":
            return AgentForgotten(account_id=self.id)
        if self.email is None:
            return None
        return AgentStated(
            account_id=self.id, version=self.version, name=self.name, email=self.email, invitations=self.invitations
        )


def check_administrators(account: Account, active: Collection[Account]) -> None:
    """Checks that an administrator stays once this account has changed. Raises LastAdministrator.

    `active` are those who were it before; nobody else becomes or ceases to be it meanwhile.
    """
    if account in active and not any(each.is_active_administrator for each in active):
        raise LastAdministrator
