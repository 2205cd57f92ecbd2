"""A form counts only when it comes from our own page: a token bound to a cookie and to the signed-in person."""

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request

from chassis.refusal import NotAllowed
from chassis.web import inputs
from chassis.web.principal import bearer_token, cookie_name, principal_of

COOKIE = "pn_form"
SAFE = {"GET", "HEAD", "OPTIONS"}
PLAUSIBLE = re.compile(r"[0-9A-Za-z_-]{16,64}")


class NotOurForm(NotAllowed):
    def __init__(self) -> None:
        super().__init__(
            "Cette page était ouverte depuis trop longtemps. Revenez en arrière, rechargez-la, recommencez."
        )


def form_cookie(request: Request) -> str:
    """Return the visitor's own random value; `Page.show` sets it when it is new, or was not made by us."""
    if not hasattr(request.state, "form_cookie"):
        given = request.cookies.get(COOKIE, "")
        request.state.form_cookie = given if PLAUSIBLE.fullmatch(given) else secrets.token_urlsafe(24)
    return str(request.state.form_cookie)


def token(request: Request) -> str:
    secret = request.app.state.frame.secret
    principal = principal_of(request)
    bound = f"{form_cookie(request)}|{principal.subject if principal else ''}"
    return hmac.new(secret.encode(), bound.encode(), hashlib.sha256).hexdigest()


async def check(request: Request) -> None:
    """Refuse a form that is not ours, for every route. Raises NotOurForm."""
    if request.method in SAFE or inputs.signed(request) in {"body", "address"} or _is_machine(request):
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise NotOurForm
    if inputs.signed(request) == "origin":
        _check_origin(request)
        return
    given = (await _given(request)).encode()
    if not hmac.compare_digest(given, token(request).encode()) or COOKIE not in request.cookies:
        raise NotOurForm


def _check_origin(request: Request) -> None:
    """Browsers without the one header send the other with each form. Raises NotOurForm."""
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    if "sec-fetch-site" not in request.headers and urlsplit(origin).netloc != host:
        raise NotOurForm


def _is_machine(request: Request) -> bool:
    """A browser adds its cookies to a request that another site made it send; a token that is right it can't."""
    if bearer_token(request) and principal_of(request):
        return True
    session = cookie_name(local=request.app.state.frame.local)
    return request.url.path.startswith("/api/") and session not in request.cookies


async def _given(request: Request) -> str:
    if request.headers.get("content-type", "").lower().startswith(inputs.FORMS):
        return str((await request.form()).get("csrf_token", ""))
    return request.headers.get("x-csrf-token", "")
