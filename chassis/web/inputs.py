"""What may be sent at all, checked once for every page and API: how much, which characters, how long a text.

What a field means is its type's business; dates and numbers have their bounds in `chassis.bounds`.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from chassis.refusal import Invalid
from chassis.texts import unseen

LARGEST_BODY = 8 * 2**20  # bytes: a file of all places of the country has some five
LARGEST_DOCUMENT = 128 * 2**10  # bytes of what is read at once, and before anybody is asked who they are
LONGEST_TEXT = 2_000  # characters of one value; the text of a file is counted by its bytes alone
MOST_VALUES = 10_000  # of one JSON document
UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")  # control characters, halves of characters
NAMES = ("name", "nom")
"""How fields of forms end that hold one: `chassis.texts.one_line` cleans them."""
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class TooLarge(Invalid):
    status = 413

    def __init__(self) -> None:
        file, document = LARGEST_BODY // 2**20, LARGEST_DOCUMENT // 2**10
        super().__init__(
            f"Le fichier ou le formulaire est trop lourd : {file} Mo au plus. "
            f"Un document JSON : {document} Ko au plus. Rien n'a été enregistré."
        )


class NoLength(Invalid):
    status = 400

    def __init__(self) -> None:
        super().__init__("La longueur annoncée de la demande n'est pas un nombre.")


class NoAddress(Invalid):
    status = 400

    def __init__(self) -> None:
        super().__init__("L'adresse de la demande est illisible : elle n'est pas en UTF-8.")


class UnreadableCharacter(Invalid):
    def __init__(self) -> None:
        super().__init__("Un texte contient un caractère illisible : effacez-le et tapez-le à nouveau.")


class TextTooLong(Invalid):
    def __init__(self) -> None:
        super().__init__(f"Un texte est trop long : {LONGEST_TEXT} caractères au plus.")


class TooManyValues(Invalid):
    def __init__(self) -> None:
        super().__init__(f"Trop d'informations à la fois : {MOST_VALUES} au plus. Envoyez-les en plusieurs fois.")


def check_length(declared: str | None) -> None:
    """Check the length of the whole body, as a header declares it; none when it comes in chunks.

    Raises NoLength, TooLarge.
    """
    if declared is None:
        return
    if not re.fullmatch(r"[0-9]{1,18}", declared):
        raise NoLength
    if int(declared) > LARGEST_BODY:
        raise TooLarge


def largest(scope: Scope) -> int:
    """Return how many bytes a route takes.

    Forms and files are read part by part, a document at once, on the event loop.
    """
    kind = Headers(scope=scope).get("content-type", "").lower()
    return LARGEST_BODY if kind.startswith(FORMS) or hasattr(scope.get("endpoint"), "takes_file") else LARGEST_DOCUMENT


def counted(receive: Receive, scope: Scope) -> Receive:
    """Refuse a body as soon as more has come than may be sent, whatever was declared.

    Raises HTTPException: the framework takes any other for a fault in what was sent.
    """
    size = 0

    async def counting() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > largest(scope):
            raise HTTPException(TooLarge.status)
        return message

    return counting


def signed(request: Request) -> str:
    """Return what stands for the form's token: «body», «address», «origin», or nothing."""
    return str(getattr(request.scope.get("endpoint"), "signed", ""))


async def check(request: Request) -> None:
    """Check what was sent, for every route. Raises UnreadableCharacter, TextTooLong, TooManyValues.

    The body of a webhook is not read before its signature was: `chassis.web.webhook` checks it.
    """
    check_values([request.path_params, [*request.query_params.multi_items()]])
    if signed(request) == "body":
        return
    if request.headers.get("content-type", "").lower().startswith(FORMS):
        form = await request.form()
        check_values([[name, getattr(value, "filename", value)] for name, value in form.multi_items()])
        names = [value for name, value in form.multi_items() if name.endswith(NAMES) and isinstance(value, str)]
        request.state.unseen = any(map(unseen, names))
    elif getattr(request.scope.get("route"), "body_field", None) and await request.body():
        check_values(await _json(request))


def check_values(values: object) -> None:
    """Check all that is inside of them, at any depth."""
    for number, value in enumerate(_flat(values)):
        if number >= MOST_VALUES:
            raise TooManyValues
        if isinstance(value, float) and not math.isfinite(value):
            raise UnreadableCharacter
        if isinstance(value, str):
            _check_text(value)


def _check_text(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise TextTooLong
    if UNREADABLE.search(text):
        raise UnreadableCharacter


def _flat(values: object) -> Iterator[object]:
    """Without recursion: a document may be nested deeper than Python's stack."""
    waiting = [values]
    while waiting:
        match waiting.pop():
            case dict() as table:
                waiting += [*table.keys(), *table.values()]
            case list() | tuple() as row:
                waiting += row
            case value:
                yield value


async def _json(request: Request) -> Any:  # noqa: ANN401 - whatever was sent
    """Nothing when it is none: what the body should be is the route's business."""
    try:
        return await request.json()
    except (ValueError, RecursionError):
        return None
