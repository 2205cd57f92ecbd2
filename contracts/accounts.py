"""Who may sign in, without name or address: what each service needs to know whether a sign-in still counts. Rule 26.

A sign-in is one browser of one agent, from «Se connecter» to «Se déconnecter»: a session is an hour of training.
"""

from typing import Literal

from pydantic import AwareDatetime

from contracts.event import Event
from contracts.ids import AccountId, CentreId, MediatorId, PrescriberId, SignInId
from contracts.words import Role

TOPIC = "prescription.accounts"

AccountState = Literal["invited", "active", "suspended", "closed"]


class AccountChanged(Event, type="account.changed.v1", topic=TOPIC, subject="account_id"):
    """What an account may do; the highest version is the truth.

    `valid_from`: a token or key that was issued before is void, since its holder's rights were others.
    """

    account_id: AccountId
    version: int
    kind: Literal["person", "system"]
    state: AccountState
    roles: tuple[Role, ...]
    centre_ids: tuple[CentreId, ...]
    mediator_id: MediatorId | None
    prescriber_id: PrescriberId | None
    valid_from: AwareDatetime


class SignInEnded(Event, type="sign_in.ended.v1", topic=TOPIC, subject="sign_in_id"):
    """Somebody signed out: until `ends_at`, when it would have ended by itself, its token is refused everywhere."""

    sign_in_id: SignInId
    ends_at: AwareDatetime


AccountEvent = AccountChanged | SignInEnded
