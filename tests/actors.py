"""Those who use the pages and the API in tests, and how they ask."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from chassis.bus import Bus
from chassis.settings import ServiceSettings
from chassis.web import Principal
from chassis.web.principal import LOCAL_COOKIE
from chassis.web.tokens import Audience, Signer, Token
from contracts.ids import CentreId, MediatorId, PrescriberId, SignInId, uuid7

SECRET = "a secret for tests, long enough to sign with"
LINK_SECRET = "a secret for links, long enough to sign with"
PUBLIC_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "xRJmn_QOQP8LeTBy0ZnLtugCpLKuwEWC9rk5B-P8iQA", "kid": "tests"}
PRIVATE_KEY = json.dumps(
    {**PUBLIC_KEY, "d": urlsafe_b64encode(b"thirty-two bytes for tests alone").decode().rstrip("=")}
)
"""Of nobody: it signs in tests."""
SESSION_ENV = {"PASS_SESSION_KEYS": json.dumps([PUBLIC_KEY]), "PASS_SESSION_PRIVATE_KEY": PRIVATE_KEY}
COOKIE = LOCAL_COOKIE
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
KEYS: dict[str, Any] = {"session_keys": (PUBLIC_KEY,), "session_private_key": SecretStr(PRIVATE_KEY)}
SECRETS = {
    "secret": SecretStr(SECRET),
    "link_secret": SecretStr(LINK_SECRET),
    "erasure_secret": SecretStr("a secret for who was erased, long enough to digest with"),
}
ADMINISTRATOR = Principal(subject="admin", name="Démo Admin", roles=frozenset({"administrator"}))
PRESCRIBER = Principal(
    subject="nadia",
    name="Démo Nadia",
    roles=frozenset({"prescriber"}),
    centre_id=CentreId(UUID("018f0000-0000-7000-8000-0000000000c1")),
    prescriber_id=PrescriberId(UUID("018f0000-0000-7000-8000-0000000000a1")),
)
MEDIATOR = Principal(
    subject="karim",
    name="Démo Karim",
    roles=frozenset({"mediator"}),
    mediator_id=MediatorId(UUID("018f0000-0000-7000-8000-0000000000d1")),
)
OTHER_MEDIATOR = Principal(
    subject="lucie",
    name="Démo Lucie",
    roles=frozenset({"mediator"}),
    mediator_id=MediatorId(UUID("018f0000-0000-7000-8000-0000000000d2")),
)


S = TypeVar("S", bound=ServiceSettings)


def signed(who: Principal, audience: Audience) -> str:
    """A sign-in that clocks moved by tests do not end."""
    begins, ends = ALWAYS
    token = Token(principal=who, sign_in_id=SignInId(uuid7()), issued_at=begins, ends_at=ends, seen_at=ends)
    return Signer(PRIVATE_KEY).sign(token, audience)


def token_for(who: Principal) -> str:
    """A bearer token for the API."""
    return signed(who, "api")


def cookie_for(who: Principal) -> str:
    return signed(who, "pages")


def settings_for(kind: type[S], url: str, bootstrap: str = "127.0.0.1:1", **more: Any) -> S:
    """The settings of a service under test; without Kafka unless told where."""
    secrets = {name: value for name, value in {**SECRETS, **KEYS}.items() if name in kind.model_fields}
    known: dict[str, Any] = {"bus": Bus(bootstrap=bootstrap), "local": True, "allowance": 0, **secrets}
    return kind(database_url=url, **(known | more))


def asking(app: FastAPI, who: Principal | None = None, key: str = "") -> httpx.AsyncClient:
    """A client of the API; each request has an Idempotency-Key of its own unless one is given."""

    async def keyed(request: httpx.Request) -> None:
        request.headers.setdefault("Idempotency-Key", key or str(uuid4()))

    headers = {"Authorization": f"Bearer {token_for(who)}"} if who else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1",
        headers=headers,
        event_hooks={"request": [keyed]},
    )
