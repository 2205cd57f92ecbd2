"""Errors that help: a French sentence and what to do next, as a page or as RFC 9457 problem details."""

from types import MappingProxyType
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from chassis import db, telemetry
from chassis.refusal import Invalid, NotFound, Refusal
from chassis.web.access import NotSignedIn
from chassis.web.documents import MEDIA_TYPE, Problem
from chassis.web.inputs import TooLarge
from chassis.web.middleware import dress
from chassis.web.page import Pages
from chassis.web.throttle import count_wrong

log = structlog.get_logger("web")

REPEATABLE = {"GET", "HEAD", "PUT", "DELETE"}
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")

PHRASES = {
    "missing": "à remplir",
    "string_too_short": "à remplir",
    "string_too_long": "trop long",
    "string_pattern_mismatch": "pas au bon format",
    "uuid_parsing": "référence inconnue",
    "date_from_datetime_parsing": "une date est attendue",
    "date_parsing": "une date est attendue",
    "datetime_parsing": "une date et une heure sont attendues",
    "int_parsing": "un nombre est attendu",
    "literal_error": "choix inconnu",
    "greater_than_equal": "trop petit",
    "less_than_equal": "trop grand",
    "too_short": "à remplir",
    "too_long": "trop de choix",
    "bool_parsing": "oui ou non est attendu",
    "timezone_aware": "le fuseau horaire manque",
    "json_invalid": "JSON illisible",
}


class Unexpected(Refusal):
    status = 500


class TryAgainSoon(Refusal):
    """In some seconds."""

    status = 503
    headers = MappingProxyType({"Retry-After": "5"})
    says = "Le service est momentanément indisponible. Rien n'a été enregistré : réessayez dans un instant."

    def __init__(self) -> None:
        super().__init__(self.says)


class HeldByAnother(TryAgainSoon):
    headers = MappingProxyType({"Retry-After": "2"})
    says = (
        "Quelqu'un d'autre est en train de changer la même chose. Rien n'a été enregistré : réessayez dans un instant."
    )


class MaybeDone(TryAgainSoon):
    """Asked again under its key, it is answered as it was done, or done now."""

    says = "Nous ne savons pas si c'est enregistré. Réessayez : rien ne sera fait deux fois."


class LookFirst(TryAgainSoon):
    says = "Nous ne savons pas si c'est enregistré. Regardez d'abord, et recommencez seulement si ce n'est pas fait."


class NoSuchMethod(Refusal):
    status = 405


class NotUnderstood(Refusal):
    status = 400


def install(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, misread)
    app.add_exception_handler(HTTPException, not_served)
    for kind in (OSError, SQLAlchemyError, *db.DRIVER_FAULTS, Exception):
        app.add_exception_handler(kind, failed)


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - the handler is installed for this class alone
    await count_wrong(request, error)
    if isinstance(error, NotSignedIn) and not wants_json(request):
        return RedirectResponse("/connexion?retour=" + quote(request.scope["path"]), 303)
    answer = problem(request, error) if wants_json(request) else refused_page(request, error)
    answer.headers.update(error.headers)
    return answer


def refused_page(request: Request, error: Refusal) -> Response:
    """Show the refusal; what was sent may be sent again, when that helps."""
    sent = getattr(request.state, "sent", ()) if isinstance(error, TryAgainSoon) else ()
    return Pages(request).show(error.template, status=error.status, refusal=error, sent=sent)


async def misread(request: Request, error: Exception) -> Response:
    """Say which fields are wrong, and why; never the values."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    faults = [f"{'.'.join(map(str, fault['loc'][1:])) or 'corps'} : {phrase(fault)}" for fault in error.errors()]
    return await refused(request, Invalid("Certaines informations sont à corriger. " + " ; ".join(faults) + "."))


def phrase(fault: dict[str, object]) -> str:
    """Say what is wrong: a rule of ours speaks for itself; pydantic's own faults are translated."""
    if fault["type"] == "value_error":
        return str(fault["msg"]).removeprefix("Value error, ")
    return PHRASES.get(str(fault["type"]), "valeur non comprise")


async def not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    answer = await refused(request, meant(error))
    answer.headers.update(error.headers or {})
    if error.status_code == NoSuchMethod.status:
        answer.headers["Allow"] = ", ".join(verbs(request))
    return answer


def verbs(request: Request) -> list[str]:
    """Return all verbs that the address has, in whichever routes."""

    def served(verb: str) -> bool:
        asked = {**request.scope, "method": verb}
        return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)

    verbs = {verb for verb in VERBS if served(verb)}
    return sorted(verbs | ({"HEAD"} if "GET" in verbs else set()))


def meant(error: HTTPException) -> Refusal:
    """Say in our words what the framework refuses."""
    match error.status_code:
        case NotFound.status:
            return NotFound("Cette page n'existe pas ou n'existe plus.")
        case NoSuchMethod.status:
            return NoSuchMethod("Cette adresse ne permet pas cette action.")
        case TooLarge.status:
            return TooLarge()
        case _:
            return NotUnderstood("Cette demande est illisible : revenez en arrière et recommencez.")


async def failed(request: Request, error: Exception) -> Response:
    if unstorable(error):
        log.warning("value refused by the database", path=request.url.path, sqlstate=db.sqlstate(error))
        return await refused(
            request, Invalid("Une information ne peut pas être enregistrée : vérifiez-la, corrigez-la.")
        )
    if db.away(error):
        return await refused(request, try_again(request, error))
    log.error("unexpected", path=request.url.path, exc_info=error)
    code = telemetry.correlation_id()
    answer = await refused(request, Unexpected(f"Une erreur est survenue chez nous. Rappelez ce code : {code}."))
    dress(answer.headers, code, local=request.app.state.frame.local)  # this answer leaves outside of `SecurityHeaders`
    return answer


def unstorable(error: BaseException) -> bool:
    """The last net under the bounds of inputs: a value that the database can't take, or its driver can't write."""
    return db.sqlstate(error).startswith("22")


def try_again(request: Request, error: Exception) -> TryAgainSoon:
    """Say what is known of a request that the database did not answer."""
    match error:
        case db.CommitUnknown() if hasattr(request.state, "sent") or request.method in REPEATABLE:
            return MaybeDone()
        case db.CommitUnknown():
            return LookFirst()
        case _ if db.held(error):
            return HeldByAnother()
        case _:
            return TryAgainSoon()


def wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", "")


def problem(request: Request, error: Refusal) -> JSONResponse:
    problem = Problem(
        type=f"urn:pass-numerique:probleme:{error.slug}",
        title=error.slug.replace("-", " "),
        status=error.status,
        detail=error.sentence,
        instance=request.url.path,
        correlation=telemetry.correlation_id(),
    )
    return JSONResponse(problem.model_dump(), error.status, media_type=MEDIA_TYPE)
