"""What prescription is told from outside. Times are real days, hours and seconds."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from chassis.settings import Secret, Unit
from chassis.web.local import is_loopback
from county.settings import CountySettings

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""None that is signed with a shared secret: whoever could read it could sign."""


class Oidc(BaseModel):
    """How to reach the provider that says who somebody is, by OpenID Connect; without an issuer nobody is asked."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    issuer: str = ""
    """Is the provider's address, as it names itself; where it is reached is read from its public description."""
    client_id: str = ""
    """Is how the provider calls this product."""
    client_secret: SecretStr = SecretStr("")
    """Is what proves to the provider that this product asks."""
    client_auth: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    """Says where that proof stands: in a header, or in the body (ProConnect)."""
    scopes: str = "openid profile email"
    """Lists what is asked of the provider, separated by spaces."""
    pkce: bool = True
    """Adds a proof that who began the sign-in ends it; off for a provider that refuses unknown parameters."""
    identity_algorithm: Algorithm = "RS256"
    """Is how the provider signs who somebody is; what a token says of itself is not believed."""
    userinfo: Literal["none", "plain", "signed"] = "none"
    """Says whether the address is asked for besides, and whether that answer is signed (ProConnect)."""
    userinfo_algorithm: Algorithm = "RS256"
    """Is how the provider signs that answer."""
    email_claim: str = "email"
    """Names what the provider calls the address."""
    email_verified: bool = True
    """Demands that the provider says that it has verified the address; off for one that never says so (ProConnect)."""

    @field_validator("issuer")
    @classmethod
    def is_secured(cls, issuer: str) -> str:
        """Refuse an address that others could listen to."""
        where = urlsplit(issuer)
        if issuer and where.scheme != "https" and not is_loopback(where.hostname or ""):
            raise ValueError("the provider's address must begin with https://")
        return issuer


class Settings(CountySettings):
    service: ClassVar[str] = "prescription"

    erasure_secret: Secret
    """Keys the digests of the erased; the same for ever, and stored away from the backups."""

    session_private_key: Secret
    """Signs sign-ins and keys for software, as a JWK; its public part is in PASS_SESSION_KEYS of every service."""
    oidc: Oidc = Oidc()
    """Says how to reach the provider that says who somebody is."""
    personas_file: Path | None = None
    """Names the file of demonstration personas."""

    validity: timedelta | None = None
    """Is how long a book may be used; for ever when it is not set (rule 8)."""
    news_old_after: timedelta = timedelta(minutes=2)
    """Is how old booking's last news may be when they decide about a right (rule 2)."""
    glass_open_for: timedelta = timedelta(hours=1)
    """Is how long a reason given opens what is another centre's."""
    tick_every: timedelta = timedelta(hours=6)
    """Is how often each partition of the contacts gets a record, without which Kafka would not clean it."""
    searches_alarm: Annotated[int, Field(ge=1), Unit("searches a day")] = 60
    """Is from how many searches of an agent in a day an administrator is warned."""
    searches_most: Annotated[int, Field(ge=1), Unit("searches a day")] = 300
    """Is how many searches an agent may make in a day."""
    unbooked_after: timedelta = timedelta(days=14)
    """Is after how long a book without a booking is shown to its centre."""
    copies_due: timedelta = timedelta(days=30)
    """Is after how long a copy that is not complete warns an administrator: the law gives a month."""
