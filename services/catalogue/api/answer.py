"""A list as an answer: with its fingerprint, so that asking again costs nothing, and where the next part is."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Moment
from chassis.web.tagged import tagged

MOST = 500
JSON = "application/json"
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Rien n'a changé depuis la dernière demande."}}

Since = Annotated[
    Moment | None,
    Query(
        description="Tout ce qui a changé depuis ce moment, retiré, fermé ou annulé compris, dans l'ordre des "
        "changements. Redemandez à partir d'une minute avant le dernier `changed_at` reçu : des changements faits au "
        "même moment peuvent devenir visibles un peu plus tard."
    ),
]
After = Annotated[UUID | None, Query(description="Le dernier identifiant lu ; voyez l'en-tête Link.")]
LastTime = Annotated[Moment | None, Query(description="De la dernière séance lue ; voyez l'en-tête Link.")]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
Limit = Annotated[int, Query(ge=1, le=MOST)]


def listed(request: Request, views: Sequence[BaseModel], limit: int, further: Mapping[str, object]) -> Response:
    """Answer 304 when the asker has this already. `Link: rel=next` while a part may follow; `further` asks for it."""
    body = b"[" + b",".join(view.model_dump_json().encode() for view in views) + b"]"
    link = {"Link": _next(request, further)} if len(views) >= limit else {}
    return tagged(request, body, JSON, headers=link)


def _next(request: Request, further: Mapping[str, object]) -> str:
    asked = {name: value for name, value in request.query_params.items() if value} | {**further}
    return f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
