"""Signed tokens that say who somebody is: prescription signs with its private key, each service reads with public ones.

A cookie is for pages, and ends after some hours without a request; a bearer token is for the API. Neither is read as
the other. The algorithm is ours, never what the token says of itself. Why signed so: docs/decisions/0118.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.clock import Clock
from chassis.sign_ins import LONGEST, Revocations
from chassis.web.principal import Principal
from contracts.ids import SignInId, uuid7

ALGORITHM = "Ed25519"
ISSUER = "pass-numerique"
REMEMBERED = 4096  # tokens of an instance; the oldest are checked again
RENEWED_AFTER = timedelta(minutes=5)

Audience = Literal["pages", "api"]
Jwk = Mapping[str, str]


class Token(BaseModel):
    """Who somebody is, until when; `seen_at`: when prescription last saw them at work."""

    model_config = ConfigDict(frozen=True)

    principal: Principal
    sign_in_id: SignInId
    issued_at: datetime
    ends_at: datetime
    seen_at: datetime


class Signer:
    """Signs with the private key of one service."""

    def __init__(self, private_key: str) -> None:
        self.key = OKPKey.import_key(orjson.loads(private_key))

    def sign(self, token: Token, audience: Audience) -> str:
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": token.principal.subject,
            "sid": str(token.sign_in_id),
            "iat": token.issued_at.timestamp(),
            "exp": token.ends_at.timestamp(),
            "seen": token.seen_at.timestamp(),
            "who": token.principal.model_dump(mode="json"),
        }
        header = {"alg": ALGORITHM, "kid": self.key.kid, "typ": "JWT"}
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])


def begun(principal: Principal, now: datetime, lasting: timedelta = LONGEST) -> Token:
    """Return a new sign-in, with an id of its own: none that somebody brought along goes on."""
    return Token(principal=principal, sign_in_id=SignInId(uuid7()), issued_at=now, ends_at=now + lasting, seen_at=now)


class Tokens:
    """Reads tokens. `keys`: those of today and of yesterday, as JWK. `idle`: how long pages wait for the next click."""

    def __init__(self, keys: Sequence[Jwk], revocations: Revocations, clock: Clock, idle: timedelta) -> None:
        self.keys = KeySet([OKPKey.import_key(dict(key)) for key in keys])
        self.revocations, self.clock, self.idle = revocations, clock, idle
        self.known: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self.seen: OrderedDict[SignInId, datetime] = OrderedDict()

    def read(self, signed: str, audience: Audience) -> Token | None:
        """Return what a token says; nothing when it is not ours, over, revoked, or its pages were left for long."""
        token = self._verified(signed, audience)
        now = self.clock.now()
        if token is None or not token.issued_at <= now < token.ends_at or self._is_revoked(token):
            return None
        if audience == "pages":
            if now - max(token.seen_at, self.seen.get(token.sign_in_id, token.seen_at)) > self.idle:
                return None
            remember(self.seen, token.sign_in_id, now)
        return token

    def is_stale(self, token: Token) -> bool:
        """Return whether prescription should hear that its holder is still at work."""
        return self.clock.now() - token.seen_at > RENEWED_AFTER

    def _is_revoked(self, token: Token) -> bool:
        since = self.revocations.valid_from.get(token.principal.subject)
        return token.sign_in_id in self.revocations.ended or (since is not None and token.issued_at < since)

    def _verified(self, signed: str, audience: Audience) -> Token | None:
        """A signature is checked once: what was read is remembered by the whole token."""
        if (signed, audience) not in self.known:
            token = self._decoded(signed, audience)
            if token is None:
                return None
            remember(self.known, (signed, audience), token)
        return self.known[signed, audience]

    def _decoded(self, signed: str, audience: Audience) -> Token | None:
        try:
            claims = jwt.decode(signed, self.keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            return None
        if claims.get("iss") != ISSUER or claims.get("aud") != audience:
            return None
        return _token(claims)


def _token(claims: Mapping[str, Any]) -> Token | None:
    try:
        return Token(
            principal=claims["who"],
            sign_in_id=claims["sid"],
            issued_at=datetime.fromtimestamp(claims["iat"], UTC),
            ends_at=datetime.fromtimestamp(claims["exp"], UTC),
            seen_at=datetime.fromtimestamp(claims["seen"], UTC),
        )
    except (KeyError, TypeError, ValueError, ValidationError):
        return None


def remember(among: OrderedDict[Any, Any], key: object, value: object) -> None:
    """Remember the newest; the oldest leaves when there are too many."""
    among[key] = value
    among.move_to_end(key)
    if len(among) > REMEMBERED:
        among.popitem(last=False)


def new_key() -> tuple[str, Jwk]:
    """Make a pair: the private key as prescription's setting, the public one for all services' settings."""
    key = OKPKey.generate_key("Ed25519")
    key.ensure_kid()
    return orjson.dumps(key.as_dict(private=True)).decode(), {k: str(v) for k, v in key.as_dict(private=False).items()}
