"""Cookies of a sign-in that is going on: signed, for some minutes, and for this host alone."""

from typing import TypeVar

from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from chassis.web.page import Pages
from services.prescription.provider import SignInFailed

M = TypeVar("M", bound=BaseModel)

LASTS = 600  # seconds, from «Se connecter» until they are back, and to choose
HINT, SIGN_OUT = "pass-hint", "/deconnexion"


def cookie_of(page: Pages, name: str) -> str:
    """Return the cookie's whole name. Over TLS no other host and no page without TLS can set it."""
    return name if page.frame.local else f"__Host-{name}"


def set_short(response: Response, page: Pages, name: str, value: BaseModel) -> None:
    signed = _signer(page, name).dumps(value.model_dump_json())
    secure = not page.frame.local
    response.set_cookie(cookie_of(page, name), signed, max_age=LASTS, httponly=True, samesite="lax", secure=secure)


def read_short(page: Pages, name: str, kind: type[M]) -> M:
    """Raises SignInFailed when it is not there, not ours, or too old."""
    try:
        signed = page.request.cookies.get(cookie_of(page, name), "")
        return kind.model_validate_json(_signer(page, name).loads(signed, max_age=LASTS))
    except (BadData, ValidationError):
        raise SignInFailed from None


def forget(response: Response, page: Pages, name: str) -> None:
    response.delete_cookie(cookie_of(page, name), secure=not page.frame.local, httponly=True)


def set_hint(response: Response, page: Pages, hint: str, lasts: int) -> None:
    """Remember what the provider called this sign-in; only signing out reads it."""
    where = {"path": SIGN_OUT, "httponly": True, "secure": not page.frame.local}
    response.set_cookie(hint_name(page), hint, max_age=lasts, samesite="lax", **where)  # type: ignore[arg-type]


def hint_name(page: Pages) -> str:
    return HINT if page.frame.local else f"__Secure-{HINT}"


def _signer(page: Pages, name: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(page.frame.secret, salt=f"pass-numerique.{name}")
