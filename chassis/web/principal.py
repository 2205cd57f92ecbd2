"""Who is there: a professional, known by a signed cookie (pages) or a signed bearer token (API)."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from starlette.requests import HTTPConnection

from contracts.ids import CentreId, MediatorId, PrescriberId
from contracts.words import Actor, ActorKind, Role

if TYPE_CHECKING:
    from chassis.web.tokens import Token

COOKIE = "__Host-pass"
LOCAL_COOKIE = "pass"
"""On loopback without TLS no browser takes a `__Host-` cookie from everybody's programs."""
BEARER = "bearer "


class Principal(BaseModel):
    """`subject` is the account's id; the others say which record of ours it is, and as whom they act.

    `may_change`: they may act as somebody else, too, for another centre or in another role.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    name: str
    roles: frozenset[Role]
    centre_id: CentreId | None = None
    mediator_id: MediatorId | None = None
    prescriber_id: PrescriberId | None = None
    may_change: bool = False

    def acting_as(self, kind: ActorKind) -> Actor:
        ids: dict[str, UUID | None] = {"mediator": self.mediator_id, "prescriber": self.prescriber_id}
        return Actor(kind=kind, id=ids.get(kind))


def cookie_name(*, local: bool) -> str:
    return LOCAL_COOKIE if local else COOKIE


def bearer_token(request: HTTPConnection) -> str:
    value = request.headers.get("authorization", "")
    return value[len(BEARER) :] if value.lower().startswith(BEARER) else ""


def token_of(request: HTTPConnection) -> "Token | None":
    """Return the token that came with a request, when it counts. It is read once a request."""
    if not hasattr(request.state, "token"):
        request.state.token = _read(request)
    token: Token | None = request.state.token
    return token


def _read(request: HTTPConnection) -> "Token | None":
    frame: Any = request.app.state.frame
    if bearer := bearer_token(request):
        token: Token | None = frame.tokens.read(bearer, "api")
        return token
    cookie = request.cookies.get(cookie_name(local=frame.local), "")
    return frame.tokens.read(cookie, "pages") if cookie else None


def sign_in_of(request: HTTPConnection) -> "Token | None":
    """Return the sign-in of a browser, when it counts: what a program brings for the API opens no pages."""
    return None if bearer_token(request) else token_of(request)


def principal_of(request: HTTPConnection) -> Principal | None:
    """Return who asks; nobody, when the signature is wrong, the sign-in is over or no longer counts."""
    token = token_of(request)
    return token.principal if token else None
