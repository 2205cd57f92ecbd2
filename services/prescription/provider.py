"""The sign-in provider, which says who somebody is: OpenID Connect, the code flow.

What it says is believed only when its signature, by the algorithm of the settings, its issuer, its audience, its time
and our nonce are right. docs/decisions/0119.
"""

import hmac
import secrets
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import urlencode

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict

from chassis.refusal import NotAllowed, Refusal
from services.prescription.settings import Algorithm, Oidc

with warnings.catch_warnings():
    from authlib.deprecate import AuthlibDeprecationWarning

    warnings.simplefilter("ignore", AuthlibDeprecationWarning)  # of httpx, for a successor that is not known yet
    from authlib.integrations.httpx_client import AsyncOAuth2Client

log = structlog.get_logger("sign-in")

WAITS = 5.0  # seconds for each answer of the provider
FRESH = 3600  # seconds: how long its description and keys are believed to be the same
SOONEST = 60  # seconds between two looks for a key that is not known yet
LEEWAY = 30  # seconds by which its clock and ours may differ
ENTROPY = 32  # bytes of state, nonce and verifier: 43 characters


class ProviderAway(Refusal):
    """Those who are signed in go on."""

    status = 503
    headers = MappingProxyType({"Retry-After": "30"})

    def __init__(self) -> None:
        super().__init__(
            "Le service qui reconnaît les comptes professionnels ne répond pas. Réessayez dans quelques minutes. "
            "Les personnes déjà connectées continuent leur travail."
        )


class SignInFailed(NotAllowed):
    """Whatever was wrong: who attacks learns nothing, the log has the reason."""

    def __init__(self) -> None:
        super().__init__("La connexion n'a pas abouti. Rien n'est perdu : recommencez depuis la page de connexion.")


class Attempt(BaseModel):
    """One sign-in that was begun in this browser; it ends there and nowhere else, and once."""

    model_config = ConfigDict(frozen=True)

    state: str
    nonce: str
    verifier: str
    back: str

    @classmethod
    def begun(cls, back: str) -> Self:
        state, nonce, verifier = (secrets.token_urlsafe(ENTROPY) for _ in range(3))
        return cls(state=state, nonce=nonce, verifier=verifier, back=back)


@dataclass(frozen=True)
class Identity:
    """Who somebody is. `email` is empty unless the provider vouches for it. `hint` lets it know whom to sign out."""

    issuer: str
    subject: str
    email: str
    hint: str


@dataclass(frozen=True)
class Description:
    """What the provider publishes of itself, and its public keys; read at `at`, in seconds of the monotonic clock."""

    said: Mapping[str, Any]
    keys: KeySet
    at: float

    def endpoint(self, name: str) -> str:
        """Raises ProviderAway when the provider names none."""
        address = self.said.get(f"{name}_endpoint")
        if not isinstance(address, str):
            raise ProviderAway
        return address


class Provider:
    """One provider. `redirect` is the address of ours to which it sends people back."""

    def __init__(self, oidc: Oidc, redirect: str) -> None:
        self.oidc, self.redirect = oidc, redirect
        self._known: Description | None = None

    async def address(self, attempt: Attempt) -> str:
        """Return where the browser goes to sign in. Raises ProviderAway."""
        async with self._client() as client:
            endpoint = (await self._description(client)).endpoint("authorization")
            verifier = attempt.verifier if self.oidc.pkce else None
            url, _ = client.create_authorization_url(
                endpoint, state=attempt.state, code_verifier=verifier, nonce=attempt.nonce
            )
        return str(url)

    async def identity(self, attempt: Attempt, answered: Mapping[str, str]) -> Identity:
        """Return who has come back with a code. Raises SignInFailed, ProviderAway."""
        if not hmac.compare_digest(answered.get("state", "").encode(), attempt.state.encode()):
            raise _failed("state")
        if "code" not in answered:
            raise _failed(answered.get("error", "no code")[:40])
        async with self._client() as client:
            described = await self._description(client)
            if answered.get("iss", described.said["issuer"]) != described.said["issuer"]:
                raise _failed("issuer of the answer")
            return await self._exchanged(client, attempt, answered["code"])

    async def farewell(self, hint: str, back: str) -> str:
        """Return where the browser goes to be signed out of the provider too; nowhere when it offers nothing."""
        try:
            async with self._client() as client:
                endpoint = (await self._description(client)).said.get("end_session_endpoint")
        except ProviderAway:
            return ""
        state = secrets.token_urlsafe(ENTROPY)
        asked = {"id_token_hint": hint, "post_logout_redirect_uri": back, "state": state}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}" if endpoint else ""

    def _client(self) -> Any:  # noqa: ANN401 - Authlib has no types
        return AsyncOAuth2Client(
            self.oidc.client_id,
            self.oidc.client_secret.get_secret_value(),
            token_endpoint_auth_method=self.oidc.client_auth,
            scope=self.oidc.scopes,
            redirect_uri=self.redirect,
            code_challenge_method="S256" if self.oidc.pkce else None,
            leeway=0,  # ProConnect's access tokens last as long as the usual one
            timeout=WAITS,
        )

    async def _exchanged(self, client: Any, attempt: Attempt, code: str) -> Identity:  # noqa: ANN401 - as above
        endpoint = (await self._description(client)).endpoint("token")
        proof = {"code_verifier": attempt.verifier} if self.oidc.pkce else {}
        try:
            token = await client.fetch_token(endpoint, code=code, grant_type="authorization_code", **proof)
            claims = await self._verified(client, str(token.get("id_token", "")), self.oidc.identity_algorithm)
            self._check_current(claims, attempt)
            return self._read({**claims, **await self._userinfo(client, claims)}, token["id_token"])
        except AuthlibBaseError as error:
            raise _failed(str(error.error)[:40]) from None
        except (httpx.HTTPError, ValueError) as error:
            raise _away(error) from error

    async def _userinfo(self, client: httpx.AsyncClient, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the provider says of them besides; it must be of the same person."""
        if self.oidc.userinfo == "none":
            return {}
        endpoint = (await self._description(client)).endpoint("userinfo")
        answer = (await client.get(endpoint)).raise_for_status()
        if self.oidc.userinfo == "signed":
            more = await self._verified(client, answer.text, self.oidc.userinfo_algorithm)
        else:
            more = answer.json()
        if not isinstance(more, dict) or more.get("sub") != claims["sub"]:
            raise _failed("userinfo of another")
        return more

    async def _verified(self, client: httpx.AsyncClient, signed: str, algorithm: Algorithm) -> Mapping[str, Any]:
        """Return what the provider has signed for us. A key that is not known may be new. Raises SignInFailed."""
        known = await self._description(client)
        try:
            claims = jwt.decode(signed, known.keys, algorithms=[algorithm]).claims
        except (JoseError, ValueError) as error:
            if time.monotonic() - known.at < SOONEST:
                raise _failed(type(error).__name__) from None
            self._known = None
            return await self._verified(client, signed, algorithm)
        self._check(claims, str(known.said["issuer"]))
        return claims

    def _check(self, claims: Mapping[str, Any], issuer: str) -> None:
        """Check whose word it is, and for whom. Raises SignInFailed."""
        wanted: dict[str, Any] = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": self.oidc.client_id},
            "sub": {"essential": True},
        }
        try:
            jwt.JWTClaimsRegistry(now=int(time.time()), leeway=LEEWAY, **wanted).validate(dict(claims))
        except JoseError as error:
            raise _failed(str(error)[:40]) from None
        audience = claims["aud"]
        if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != self.oidc.client_id:
            raise _failed("authorized party")

    def _check_current(self, claims: Mapping[str, Any], attempt: Attempt) -> None:
        """Check that it was said now, and of this attempt. Raises SignInFailed."""
        if not {"exp", "iat"} <= {*claims}:
            raise _failed("no time")
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), attempt.nonce.encode()):
            raise _failed("nonce")

    def _read(self, claims: Mapping[str, Any], hint: str) -> Identity:
        address = claims.get(self.oidc.email_claim)
        vouched = not self.oidc.email_verified or claims.get("email_verified") is True
        email = address.strip().lower() if isinstance(address, str) and vouched else ""
        return Identity(str(claims["iss"]), str(claims["sub"]), email, hint)

    async def _description(self, client: httpx.AsyncClient) -> Description:
        """Read it once an hour. Raises ProviderAway."""
        if self._known is None or time.monotonic() - self._known.at > FRESH:
            address = f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                said = await _fetched(client, address)
                keys = KeySet.import_key_set(await _fetched(client, str(said["jwks_uri"])))  # type: ignore[arg-type]
            except (httpx.HTTPError, JoseError, KeyError, ValueError) as error:
                raise _away(error) from error
            if str(said.get("issuer", "")).rstrip("/") != self.oidc.issuer.rstrip("/"):
                raise _away(ValueError("it names itself otherwise"))
            self._known = Description(said, keys, time.monotonic())
        return self._known


async def _fetched(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """Read a document that everybody may read. Raises httpx.HTTPError, ValueError."""
    answer = await client.request("GET", address, withhold_token=True)  # type: ignore[call-arg]  # Authlib's
    document = answer.raise_for_status().json()
    if not isinstance(document, dict):
        raise ValueError("no object")  # noqa: TRY004 - of what others have sent
    return document


def _failed(reason: str) -> SignInFailed:
    log.warning("sign-in refused", reason=reason)
    return SignInFailed()


def _away(error: Exception) -> ProviderAway:
    log.warning("provider away", reason=type(error).__name__)
    return ProviderAway()
