"""Every route says who may use it: `allowed(...)`, or `anybody` on the short public list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.requests import Request

from chassis.refusal import NotAllowed
from chassis.web.principal import Principal, Role, principal_of
from contracts.ids import MediatorId

F = TypeVar("F", bound=Callable[..., object])


class NotSignedIn(NotAllowed):
    status = 401

    def __init__(self) -> None:
        super().__init__("Connectez-vous pour continuer.")


class NotYourRole(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Votre compte ne permet pas cette action. Demandez à l'administrateur du Pass numérique.")


@dataclass(frozen=True)
class Allowed:
    """A dependency: the signed-in person, when one of their roles is among these. Raises NotSignedIn, NotYourRole."""

    roles: frozenset[Role]

    async def __call__(self, request: Request) -> Principal:
        principal = principal_of(request, request.app.state.frame.secret)
        if principal is None:
            raise NotSignedIn
        if not principal.roles & self.roles:
            raise NotYourRole
        return principal


def allowed(*roles: Role) -> Allowed:
    return Allowed(frozenset(roles))


async def mediator_signed_in(who: Annotated[Principal, Depends(allowed("mediator"))]) -> MediatorId:
    """Which mediator of the catalogue the signed-in person is. Raises NotYourRole when the account is nobody's."""
    if who.mediator_id is None:
        raise NotYourRole
    return who.mediator_id


async def anybody() -> None:
    """Marks a public route."""


def signed_webhook(endpoint: F) -> F:
    """Marks a route that another machine calls: its own signature stands for the form's token."""
    endpoint.signed_webhook = True  # type: ignore[attr-defined]
    return endpoint
