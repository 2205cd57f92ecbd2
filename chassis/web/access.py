"""Every route says who may use it: `allowed(...)`, or `anybody` on the short public list; and in its decorator, of
whom what it is about must be: `own(check)`, `own_within(command)`, `own_listed(query)`, or `shared("why")`; a public
one that names something, `own_keyed(check)` or `shared("why")`.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends
from starlette.requests import Request

from chassis.refusal import NotAllowed
from chassis.web.principal import Principal, principal_of
from contracts.ids import MediatorId
from contracts.words import Role

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])

CHECKED: dict[Callable[..., Any], Callable[..., Any]] = {}


class NotSignedIn(NotAllowed):
    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Bearer realm="pass-numerique"'})

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
        principal = principal_of(request)
        if principal is None:
            raise NotSignedIn
        if not principal.roles & self.roles:
            raise NotYourRole
        return principal


def allowed(*roles: Role) -> Allowed:
    return Allowed(frozenset(roles))


async def mediator_signed_in(who: Annotated[Principal, Depends(allowed("mediator"))]) -> MediatorId:
    """Return which mediator the signed-in person is. Raises NotYourRole when the account is nobody's."""
    if who.mediator_id is None:
        raise NotYourRole
    return who.mediator_id


def checked(check: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """Make a dependency of `check`, whose first parameter is a reading and whose others are dependencies of their own.

    The reading is closed before the endpoint runs: a request holds no connection while it asks for another. The same
    check is the same dependency: a route that names it twice is checked once.
    """
    if check not in CHECKED:
        CHECKED[check] = _dependency(check)
    return CHECKED[check]


def _dependency(check: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    async def dependency(asked_in: Request, **others: Any) -> T:  # noqa: ANN401 - whatever `check` asks for
        async with asked_in.app.state.frame.database.reading() as reading:
            return await check(reading, **others)

    _, *others = inspect.signature(check).parameters.values()
    request = inspect.Parameter("asked_in", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    asked = [request, *(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in others)]
    dependency.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
    return dependency


@dataclass(frozen=True)
class Whose:
    """How a route makes sure that what it is about is the asker's to see or to change. `what` names it, or says why.

    Checked before the endpoint runs; within the command's own transaction; or only what is theirs is listed. What is
    shared is nobody's. What has a key is the holder's.
    """

    how: Literal["checked", "within", "listed", "keyed", "shared"]
    what: str

    async def __call__(self) -> None:
        """A dependency that only marks its route."""


def own(check: Callable[..., Awaitable[object]]) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Depend on a `check` that refuses what is not the asker's, before the endpoint runs."""
    dependency = checked(check)
    dependency.whose = Whose("checked", check.__name__)  # type: ignore[attr-defined]
    return Depends(dependency)


def own_within(command: Callable[..., object]) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Declare that the use case refuses what is not the asker's, in the transaction that changes it."""
    return Depends(Whose("within", command.__name__))


def own_listed(query: Callable[..., object]) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Declare a list: the query leaves out, or names nothing of, what is not the asker's."""
    return Depends(Whose("listed", query.__name__))


def own_keyed(check: Callable[..., object]) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Declare a public route: whoever has the key, a code in the address or a signature.

    `check` refuses every other.
    """
    return Depends(Whose("keyed", check.__name__))


def shared(why: str) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Declare that what is shown or changed is nobody's own: `why`."""
    return Depends(Whose("shared", why))


@dataclass(frozen=True)
class BatcherNamed:
    """Depend on the batcher of that name in the application's state."""

    name: str

    async def __call__(self, request: Request) -> Any:  # noqa: ANN401 - FastAPI can't check generics
        return getattr(request.app.state, self.name)


def batcher(name: str) -> BatcherNamed:
    return BatcherNamed(name)


async def anybody() -> None:
    """Mark a public route."""


def takes_file(endpoint: F) -> F:
    """Mark a route whose body is a file, and may be as large as one."""
    endpoint.takes_file = True  # type: ignore[attr-defined]
    return endpoint


def signed_webhook(endpoint: F) -> F:
    """Mark a route that another machine calls: its own signature stands for the form's token, and comes first."""
    endpoint.signed = "body"  # type: ignore[attr-defined]
    return endpoint


def same_origin(endpoint: F) -> F:
    """Mark a route whose button is on the pages of all services: where the form was stands for its token."""
    endpoint.signed = "origin"  # type: ignore[attr-defined]
    return endpoint


def signed_address(endpoint: F) -> F:
    """Mark a route whose address nobody can guess: that stands for the form's token."""
    endpoint.signed = "address"  # type: ignore[attr-defined]
    return endpoint
