"""A page of ours: its template in the frame, the person's name, one message said once, how fresh the figures are."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import uuid4

from fastapi import Depends, Request
from itsdangerous import BadData, URLSafeSerializer
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chassis import french
from chassis.db import Reading, Transaction
from chassis.turns import in_turns
from chassis.web import csrf
from chassis.web.acts import acting
from chassis.web.menu import menu_of
from chassis.web.principal import principal_of, sign_in_of

T = TypeVar("T")
Filters = tuple[tuple[str, Callable[..., Any]], ...]

OURS = Path(__file__).parent
FLASH = "pn_said"
CLEANED = "Le nom contenait des caractères invisibles : ils sont enlevés. Relisez-le."


@dataclass(frozen=True)
class Freshness:
    """When something was last heard from another service; None: not yet."""

    source: str
    heard_at: datetime | None


@cache
def environment(*folders: Path | None, filters: Filters = ()) -> Environment:
    """Load templates of the folders, in front of the frame's own; each is compiled once in a process.

    `filters` are those that templates have besides the chassis' own, by name.
    """
    templates = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, OURS / "templates") if folder]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {**french.FILTERS, **dict(filters)}
    return templates


def compile_all(templates: Environment) -> None:
    """Compile at the start: the first rendering of each would hold the event loop for a tenth of a second."""
    for name in templates.list_templates(extensions=["html"]):
        templates.get_template(name)


class Pages:
    """Shows templates for one request."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.frame = request.app.state.frame

    @property
    def now(self) -> datetime:
        now: datetime = self.frame.database.clock.now()
        return now

    def reading(self) -> AbstractAsyncContextManager[Reading]:
        """Open one for what is shown after a command; `Read` would hold a connection during the command."""
        opened: AbstractAsyncContextManager[Reading] = self.frame.database.reading()
        return opened

    def show(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - a template's values
        return self._response("".join(self._pieces(template, values)), status)

    async def show_long(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:  # noqa: ANN401 - as above
        """Show what may have hundreds of rows: whatever else waits has its turns meanwhile."""
        return self._response("".join([piece async for piece in in_turns(self._pieces(template, values))]), status)

    def _pieces(self, template: str, values: Mapping[str, Any]) -> Iterator[str]:
        request, frame, who = self.request, self.frame, principal_of(self.request)
        links = frame.common.menu if who else frame.common.public
        pieces: Iterator[str] = request.app.state.templates.get_template(template).generate(
            frame=frame,
            principal=who,
            path=request.url.path,
            menu=menu_of(links, who, request.url.path),
            stale=self._is_stale(),
            csrf_token=csrf.token(request),
            new_key=lambda: str(uuid4()),
            flash=self._flash(),
            fresh=frame.freshness(),
            **values,
        )
        return pieces

    def _is_stale(self) -> bool:
        """Return whether prescription should hear that somebody is at work: the page asks it for a picture."""
        token = sign_in_of(self.request)
        return token is not None and self.frame.tokens.is_stale(token)

    def _response(self, shown: str, status: int) -> HTMLResponse:
        response = HTMLResponse(shown, status)
        self._set_cookie(response, csrf.COOKIE, csrf.form_cookie(self.request))
        response.delete_cookie(FLASH)
        return response

    def redirect(self, path: str, flash: str = "") -> Response:
        """See other; `flash` is shown on the next page, once."""
        return self._with_flash(RedirectResponse(path, 303), flash)

    def with_body_as_flash(self, response: Response) -> Response:
        """Show what the body of a redirect says on the next page too."""
        return self._with_flash(response, bytes(response.body).decode())

    def _with_flash(self, response: Response, flash: str) -> Response:
        if getattr(self.request.state, "unseen", False):
            flash = f"{flash} {CLEANED}".strip()
        if flash:
            self._set_cookie(response, FLASH, self._signer().dumps(flash))
        return response

    def _set_cookie(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, httponly=True, samesite="lax", secure=not self.frame.local)

    def _flash(self) -> str:
        try:
            return str(self._signer().loads(self.request.cookies.get(FLASH, "")))
        except BadData:
            return ""

    def _signer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.frame.secret, salt="pass-numerique.said")


async def _reading(request: Request) -> AsyncIterator[Reading]:
    async with request.app.state.frame.database.reading() as reading:
        yield reading


async def _now(request: Request) -> datetime:
    now: datetime = request.app.state.frame.database.clock.now()
    return now


class Transactions:
    """`await transact(lambda tx: usecases.…(tx, …))`, for commands that may be repeated harmlessly.

    The line of the route's act is in the same transaction.
    """

    def __init__(self, request: Request) -> None:
        self.request, self.database = request, request.app.state.frame.database

    async def __call__(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await self.database.transact(acting(self.request, work))  # type: ignore[no-any-return]


async def _pages(request: Request) -> Pages:
    return Pages(request)


async def _transactions(request: Request) -> Transactions:
    return Transactions(request)


Now = Annotated[datetime, Depends(_now)]
Page = Annotated[Pages, Depends(_pages)]
Read = Annotated[Reading, Depends(_reading)]
Transact = Annotated[Transactions, Depends(_transactions)]
