"""A command counts once, by form or by API, alone or together with others of its kind. Rule 20.

The line of its act in the journal is written in its transaction.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from uuid import uuid4

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from chassis import journal
from chassis.batching import Batcher, Work
from chassis.db import Database, Transaction
from chassis.journal import Doing
from chassis.refusal import Invalid, Refusal
from chassis.web.acts import current
from chassis.web.idempotency import Answer, Claim, Name, answered, first_of, forget_old_keys, remember, unclaim
from chassis.web.page import Pages
from chassis.web.principal import principal_of

__all__ = ["Command", "CommandBatcher", "FormCommand", "forget_old_keys"]

T = TypeVar("T")
Q = TypeVar("Q")

LONGEST_KEY = 255
NOT_COMPARED = {"csrf_token", "idempotency_key"}


class KeyMissing(Invalid):
    status = 400

    def __init__(self) -> None:
        super().__init__("En-tête Idempotency-Key attendu : un identifiant nouveau pour chaque demande nouvelle.")


class NotJson(Invalid):
    status = 400

    def __init__(self) -> None:
        super().__init__("Le corps de la demande n'est pas du JSON en UTF-8.")


def nothing(_: object) -> str:
    return ""


@dataclass(frozen=True)
class Asked(Generic[Q, T]):
    """One command of a group commit: what is asked, and what its answer is made of."""

    claim: Claim
    request: Q
    answer: Callable[[T], Answer]
    doing: Doing | None


class CommandBatcher(Generic[Q, T]):
    """Commands that come at once are one transaction (see `chassis.batching`); each still counts once."""

    def __init__(self, database: Database, work: Work[Q, T]) -> None:
        self.work = work
        self._batcher: Batcher[Asked[Q, T], Response] = Batcher(database, self._apply)
        self.ask = self._batcher.ask

    async def _apply(self, tx: Transaction, asked: Sequence[Asked[Q, T]]) -> list[Response | Refusal]:
        """The first of each key is applied; a twin gets what the first one got."""
        fresh = await first_of(tx, [command.claim for command in asked])
        first: dict[Name, Asked[Q, T]] = {}
        for command in asked:
            if command.claim.name in fresh:
                first.setdefault(command.claim.name, command)
        made = dict(zip(first, await self.work(tx, [command.request for command in first.values()]), strict=True))
        refused = {name: outcome for name, outcome in made.items() if isinstance(outcome, Refusal)}
        done = {name: outcome for name, outcome in made.items() if not isinstance(outcome, Refusal)}
        for name, outcome in done.items():
            journal.note(tx, first[name].doing, outcome)
        given = {name: first[name].answer(outcome) for name, outcome in done.items()}
        await remember(tx, given)
        await unclaim(tx, refused)
        return [
            refused.get(command.claim.name)
            or (
                given[command.claim.name].response(replayed=False)
                if first.get(command.claim.name) is command
                else await _again(tx, command.claim)
            )
            for command in asked
        ]


async def _again(tx: Transaction, claim: Claim) -> Response | Refusal:
    """What the first one of that key got."""
    try:
        return (await answered(tx, claim)).response(replayed=True)
    except Refusal as refusal:
        return refusal


class Asking:
    """One command, as it was sent: under which key, by whom; `doing` is what it is in the journal."""

    def __init__(self, database: Database, claim: Claim, doing: Doing | None) -> None:
        self.database = database
        self.claim = claim
        self.doing = doing

    async def _run(self, work: Callable[[Transaction], Awaitable[T]], answer: Callable[[T], Answer]) -> Response:
        """The work and the memory of its answer are one transaction; a refused command may be tried again."""

        async def remembered(tx: Transaction) -> Response:
            if not await first_of(tx, [self.claim]):
                return (await answered(tx, self.claim)).response(replayed=True)
            made = await work(tx)
            journal.note(tx, self.doing, made)
            given = answer(made)
            await remember(tx, {self.claim.name: given})
            return given.response(replayed=False)

        return await self.database.transact(remembered)


class ApiCommand(Asking):
    """For the API: `await command.run(work, view)` answers 201 with the view of what was made."""

    async def run(
        self, work: Callable[[Transaction], Awaitable[T]], view: Callable[[T], BaseModel], status: int = 201
    ) -> Response:
        return await self._run(work, lambda made: Answer(status, view(made).model_dump_json()))

    async def done(self, work: Callable[[Transaction], Awaitable[object]]) -> Response:
        """Run it with nothing to show: 204."""
        return await self._run(work, lambda _: Answer(204))

    async def run_in(self, batcher: CommandBatcher[Q, T], request: Q, view: Callable[[T], BaseModel]) -> Response:
        """Run it together with others of its kind."""
        return await batcher.ask(
            Asked(self.claim, request, lambda made: Answer(201, view(made).model_dump_json()), self.doing)
        )


class PageCommand(Asking):
    """For forms: `await command.run(work, goto)` redirects to what was made; a double click makes it once."""

    def __init__(self, database: Database, claim: Claim, doing: Doing | None, page: Pages) -> None:
        super().__init__(database, claim, doing)
        self.page = page

    async def run(
        self, work: Callable[[Transaction], Awaitable[T]], goto: Callable[[T], str], flash: Callable[[T], str] = nothing
    ) -> Response:
        """Run it and redirect; `flash` is shown once on the next page.

        It is remembered with the answer and names no resident.
        """
        response = await self._run(work, lambda made: Answer(303, flash(made), goto(made)))
        return self.page.with_body_as_flash(response)

    async def run_in(self, batcher: CommandBatcher[Q, T], request: Q, goto: Callable[[T], str]) -> Response:
        """Run it together with others of its kind."""
        return await batcher.ask(Asked(self.claim, request, lambda made: Answer(303, location=goto(made)), self.doing))


Key = Annotated[
    str, Header(alias="Idempotency-Key", description="Nouveau pour chaque demande nouvelle, le même pour la répéter.")
]


async def _api(request: Request, key: Key = "") -> ApiCommand:
    try:
        canonical = json.dumps(await request.json() if await request.body() else None, sort_keys=True)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    request.state.sent = ()
    return ApiCommand(*_claimed(request, key, canonical))


async def _page(request: Request) -> PageCommand:
    """A form of another version, without a key, counts as often as it is sent."""
    form = await request.form()
    key = str(form.get("idempotency_key") or request.headers.get("idempotency-key") or uuid4())
    sent = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != "idempotency_key"]
    request.state.sent = [*sent, ("idempotency_key", key)]
    fields = sorted((name, str(value)) for name, value in form.multi_items() if name not in NOT_COMPARED)
    return PageCommand(*_claimed(request, key, json.dumps(fields)), Pages(request))


def _claimed(request: Request, key: str, content: str) -> tuple[Database, Claim, Doing | None]:
    if not 0 < len(key) <= LONGEST_KEY:
        raise KeyMissing
    frame: Any = request.app.state.frame
    principal = principal_of(request)
    whole = f"{request.method} {request.url.path}\n{content}"
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    claim = Claim(Name(principal.subject if principal else "", key), fingerprint)
    return frame.database, claim, current(request)


Command = Annotated[ApiCommand, Depends(_api)]
FormCommand = Annotated[PageCommand, Depends(_page)]
