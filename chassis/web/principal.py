"""Who is there: a professional, known by a signed cookie (pages) or a signed bearer token (API)."""

from functools import cache
from typing import Literal
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import HTTPConnection

from contracts.ids import CentreId, MediatorId, PrescriberId
from contracts.words import Actor, ActorKind

Role = Literal["administrator", "prescriber", "mediator"]

COOKIE = "pn_session"
TWELVE_HOURS = 12 * 3600
BEARER = "bearer "


class Principal(BaseModel):
    """`subject` is the sign-in provider's; the ids say which record of ours it is."""

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    roles: frozenset[Role]
    centre_id: CentreId | None = None
    mediator_id: MediatorId | None = None
    prescriber_id: PrescriberId | None = None

    def acting_as(self, kind: ActorKind) -> Actor:
        ids: dict[str, UUID | None] = {"mediator": self.mediator_id, "prescriber": self.prescriber_id}
        return Actor(kind=kind, id=ids.get(kind))


@cache
def _signer(secret: str, use: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret, salt=f"pass-numerique.{use}")


def cookie_for(principal: Principal, secret: str) -> str:
    return _signer(secret, "session").dumps(principal.model_dump_json())


def token_for(principal: Principal, secret: str) -> str:
    """Make a bearer token for the API."""
    return _signer(secret, "bearer").dumps(principal.model_dump_json())


def bearer_token(request: HTTPConnection) -> str:
    value = request.headers.get("authorization", "")
    return value[len(BEARER) :] if value.lower().startswith(BEARER) else ""


def principal_of(request: HTTPConnection, secret: str) -> Principal | None:
    """Return who asks; nobody, when the signature is wrong or older than twelve hours. It is checked once a request."""
    if not hasattr(request.state, "principal"):
        request.state.principal = _signed_in(request, secret)
    principal: Principal | None = request.state.principal
    return principal


def _signed_in(request: HTTPConnection, secret: str) -> Principal | None:
    token = bearer_token(request)
    signed, use = (token, "bearer") if token else (request.cookies.get(COOKIE, ""), "session")
    try:
        return Principal.model_validate_json(_signer(secret, use).loads(signed, max_age=TWELVE_HOURS))
    except (BadData, ValidationError):
        return None
