"""Who asks too often is asked to wait, by address and by account: a page for people, problem details for programs."""

import hmac
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from types import MappingProxyType

from starlette.requests import Request

from chassis import telemetry, throttle
from chassis.french import counted as in_words
from chassis.refusal import Refusal
from chassis.throttle import Limit
from chassis.web.principal import principal_of

SIGN_IN = Limit("sign-in", 60, 5)
SEARCH = Limit("search", 120, 1)
PUBLIC = Limit("public", 600, 0.2)
GUESS = Limit("guess", 30, 20)
"""Of codes and signatures that were wrong. A library shares one address: who types their code right is never slowed."""
MINUTE = 60
GUESSED_WRONG = {401, 404}
NEIGHBOURHOOD = 64  # bits of an IPv6 address that one household has


class TooOften(Refusal):
    status = 429

    def __init__(self, wait: timedelta) -> None:
        seconds = max(ceil(wait.total_seconds()), 1)
        minutes = in_words(ceil(seconds / MINUTE), "minute")
        waits = in_words(seconds, "seconde") if seconds < MINUTE else minutes
        super().__init__(f"Trop de demandes en peu de temps. Attendez {waits}, puis réessayez.")
        self.headers = MappingProxyType({"Retry-After": str(seconds)})


@dataclass(frozen=True)
class Counted:
    """A dependency: each request counts. Raises TooOften."""

    limit: Limit

    async def __call__(self, request: Request) -> None:
        await asked(request, self.limit)


@dataclass(frozen=True)
class Guessed:
    """A dependency: a request counts whose code or signature was wrong. Raises TooOften, also for a right one then."""

    limit: Limit

    async def __call__(self, request: Request) -> None:
        frame, request.state.guessed = request.app.state.frame, self.limit
        if frame.allowance:
            async with frame.database.reading() as reading:
                askers, now = [*askers_of(request, self.limit)], frame.database.clock.now()
                refuse(await throttle.early(reading, askers, self.limit, frame.allowance, now))


async def count_wrong(request: Request, refusal: Refusal) -> None:
    """Count, where a refusal becomes an answer: of those `Guessed`, what was wrong counts."""
    limit = getattr(request.state, "guessed", None)
    if limit and refusal.status in GUESSED_WRONG and (frame := request.app.state.frame).allowance:
        askers = [*askers_of(request, limit)]
        await frame.database.transact(lambda tx: throttle.count(tx, askers, limit, frame.allowance))


async def asked(request: Request, limit: Limit, account: str = "") -> None:
    """Count a request. `account`: whose one wants to be. Raises TooOften."""
    frame = request.app.state.frame
    if frame.allowance:
        askers = [*askers_of(request, limit, account)]
        refuse(await frame.database.transact(lambda tx: throttle.count(tx, askers, limit, frame.allowance)))


def refuse(wait: timedelta) -> None:
    """Raises TooOften."""
    if wait:
        telemetry.throttled.inc()
        raise TooOften(wait)


def askers_of(request: Request, limit: Limit, account: str = "") -> Iterator[bytes]:
    """Return as digests the account of who is signed in, else the address, which colleagues share.

    Both when signing in.
    """
    secret = request.app.state.frame.secret
    principal = principal_of(request)
    mine = principal.subject if principal else ""
    known = {"address": "" if mine else address_of(request), "account": mine or account}
    for kind, value in known.items():
        if value:
            yield hmac.digest(secret.encode(), f"throttle|{limit.name}|{kind}|{value}".encode(), "sha256")[:16]


def address_of(request: Request) -> str:
    """Return the address of the one who asks, as a trusted gateway forwards it.

    Of IPv6 the part that one household has.
    """
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:  # noqa: PLR2004 - IP's own
        return host
    return str(ipaddress.ip_network((address, NEIGHBOURHOOD), strict=False))
