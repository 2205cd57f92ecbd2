"""Every route that changes something, or shows somebody, says in its decorator what that is in the journal.

`traced(act)`: the line is written in the transaction of the route's command. `traced_first(act)`: of what is only read
it is written before anything is shown, once it is clear that the asker may see it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Depends
from starlette.requests import Request

from chassis import erasure, journal
from chassis.db import Transaction
from chassis.journal import RESIDENT, Act, Doing
from chassis.web.principal import principal_of

T = TypeVar("T")


@dataclass(frozen=True)
class Traced:
    """A dependency: what the request does is this act, whose line its command writes."""

    act: Act

    async def __call__(self, request: Request) -> None:
        request.state.act = self.act


@dataclass(frozen=True)
class TracedFirst(Traced):
    """The same, and the line is written at once. It stands behind whatever refuses the asker."""

    async def __call__(self, request: Request) -> None:
        doing = doing_of(request, self.act)

        async def written(tx: Transaction) -> None:
            if person := doing.person_of():
                journal.concerns(tx, *await erasure.staying(tx, {person}))
            journal.note(tx, doing)

        if doing.is_plausible:
            await request.app.state.frame.database.transact(written)


def traced(act: Act) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Trace a route with a command or a transaction: no change without its line, no line without its change."""
    return Depends(Traced(act))


def traced_first(act: Act) -> Any:  # noqa: ANN401 - as FastAPI's own `Depends`
    """Trace a route that only reads.

    It stands behind `own(…)` or a role in the list of `dependencies`, never before them.
    """
    return Depends(TracedFirst(act))


def doing_of(request: Request, act: Act) -> Doing:
    """Return who is at it, as they are signed in; nobody is: then it is a resident with their own link."""
    who, path = principal_of(request), request.path_params
    if who is None:
        return Doing(act, "", "", RESIDENT, None, path)
    return Doing(act, who.subject, who.name, min(who.roles), who.centre_id, path)


def current(request: Request) -> Doing | None:
    """Return what the route declares that it does, if anything."""
    act: Act | None = getattr(request.state, "act", None)
    return doing_of(request, act) if act else None


def acting(request: Request, work: Callable[[Transaction], Awaitable[T]]) -> Callable[[Transaction], Awaitable[T]]:
    """Return the same work, followed by its line in the journal."""

    async def with_its_line(tx: Transaction) -> T:
        made = await work(tx)
        journal.note(tx, current(request), made)
        return made

    return with_its_line
