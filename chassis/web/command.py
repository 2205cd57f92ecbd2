"""A command that creates counts once: same key, same request → same answer; same key, other request → 422. Rule 20."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from pydantic import BaseModel
from sqlalchemy import Column, DateTime, Integer, Table, Text, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from chassis.db import Transaction, chassis_tables
from chassis.refusal import Invalid
from chassis.web.principal import principal_of

T = TypeVar("T")

LONGEST_KEY = 255
NOT_COMPARED = {"csrf_token", "idempotency_key"}

idempotency = Table(
    "idempotency",
    chassis_tables,
    Column("subject", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("body", Text, nullable=False, server_default=""),
    Column("location", Text, nullable=False, server_default=""),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
)


class KeyMissing(Invalid):
    status = 400

    def __init__(self) -> None:
        super().__init__("En-tête Idempotency-Key attendu : un identifiant nouveau pour chaque demande nouvelle.")


class KeyReused(Invalid):
    def __init__(self) -> None:
        super().__init__("Cette clé a déjà servi pour une autre demande. Rechargez la page et recommencez.")


@dataclass(frozen=True)
class Answer:
    status: int
    body: str = ""
    location: str = ""

    def response(self, *, replayed: bool) -> Response:
        headers = {"Location": self.location} if self.location else {}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(self.body, self.status, headers, "application/json" if self.body else None)


@dataclass(frozen=True)
class Once:
    """One command as it was asked: by whom, under which key, with which request."""

    request: Request
    subject: str
    key: str
    fingerprint: str

    async def once(self, work: Callable[[Transaction], Awaitable[T]], answer: Callable[[T], Answer]) -> Response:
        """The work and the memory of its answer are one transaction; a refused command may be tried again."""

        async def remembered(tx: Transaction) -> Response:
            if not await self._first(tx):
                return (await self._answered(tx)).response(replayed=True)
            given = answer(await work(tx))
            await self._remember(tx, given)
            return given.response(replayed=False)

        return await self.request.app.state.frame.database.transact(remembered)  # type: ignore[no-any-return]

    async def _first(self, tx: Transaction) -> bool:
        """A twin waits here, on the unique index, until the first has committed."""
        row = {"subject": self.subject, "key": self.key, "fingerprint": self.fingerprint}
        claimed = await tx.execute(
            insert(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
        )
        return claimed.one_or_none() is not None

    async def _answered(self, tx: Transaction) -> Answer:
        mine = idempotency.c.subject == self.subject, idempotency.c.key == self.key
        row = (await tx.execute(select(idempotency).where(*mine))).one()
        if row.fingerprint != self.fingerprint:
            raise KeyReused
        return Answer(row.status, row.body, row.location)

    async def _remember(self, tx: Transaction, answer: Answer) -> None:
        mine = idempotency.c.subject == self.subject, idempotency.c.key == self.key
        values = {"status": answer.status, "body": answer.body, "location": answer.location}
        await tx.execute(update(idempotency).where(*mine).values(values))


class ApiCommand:
    """For the API: `await command.once(work, view)` answers 201 with the view of what was made."""

    def __init__(self, asked: Once) -> None:
        self.asked = asked

    async def once(
        self, work: Callable[[Transaction], Awaitable[T]], view: Callable[[T], BaseModel], status: int = 201
    ) -> Response:
        return await self.asked.once(work, lambda made: Answer(status, view(made).model_dump_json()))


class PageCommand:
    """For forms: `await command.once(work, goto)` redirects to what was made; a double click makes it once."""

    def __init__(self, asked: Once) -> None:
        self.asked = asked

    async def once(self, work: Callable[[Transaction], Awaitable[T]], goto: Callable[[T], str]) -> Response:
        return await self.asked.once(work, lambda made: Answer(303, location=goto(made)))


async def _api(request: Request) -> ApiCommand:
    body = await request.body()
    canonical = json.dumps(json.loads(body or b"null"), sort_keys=True)
    return ApiCommand(_asked(request, request.headers.get("idempotency-key", ""), canonical))


async def _page(request: Request) -> PageCommand:
    form = await request.form()
    fields = sorted((name, str(value)) for name, value in form.multi_items() if name not in NOT_COMPARED)
    return PageCommand(_asked(request, str(form.get("idempotency_key", "")), json.dumps(fields)))


def _asked(request: Request, key: str, content: str) -> Once:
    if not 0 < len(key) <= LONGEST_KEY:
        raise KeyMissing
    principal = principal_of(request, request.app.state.frame.secret)
    whole = f"{request.method} {request.url.path}\n{content}"
    return Once(request, principal.subject if principal else "", key, hashlib.sha256(whole.encode()).hexdigest())


Command = Annotated[ApiCommand, Depends(_api)]
FormCommand = Annotated[PageCommand, Depends(_page)]


async def forget_old_keys(tx: Transaction, *, hours: int = 48) -> None:
    """A timed job: the memory of answers is kept for two days."""
    await tx.execute(delete(idempotency).where(idempotency.c.at < func.now() - func.make_interval(0, 0, 0, 0, hours)))
