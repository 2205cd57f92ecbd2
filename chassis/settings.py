"""What every service is told from outside, by environment variables that begin with PASS_."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.bus import Bus
from chassis.limits import REQUESTS


@dataclass(frozen=True)
class Unit:
    """In what a setting is counted, for docs/settings.md; `secret` when a value may have a password in it."""

    name: str
    secret: bool = False


Secret = Annotated[SecretStr, Field(min_length=32)]
"""A key to sign with: a short one, or none, could be guessed."""
Days = Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=7))]
Seconds = Annotated[float, Unit("seconds")]
Port = Annotated[int, Field(ge=0, le=65_535), Unit("port")]
DatabaseUrl = Annotated[str, Unit("URL, with its password", secret=True)]


class ServiceSettings(BaseSettings):
    """The sentence under each setting is what docs/settings.md says of it (`python -m deploy.reference`).

    An error about them shows no value, since it could be a password.
    """

    model_config = SettingsConfigDict(
        env_prefix="PASS_",
        env_nested_delimiter="__",
        frozen=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    service: ClassVar[str]
    former_names: ClassVar[Mapping[str, str]] = {}
    """Maps what a variable was called in former versions to its name now."""

    database_url: DatabaseUrl
    """Reaches the service's database, as the role that serves."""
    migration_url: DatabaseUrl = ""
    """Reaches the same database as the owner of its tables, for `migrate` alone; without it, one role does both."""
    bus: Bus
    """Says how to reach Kafka."""
    secret: Secret
    """Signs this service's forms and the messages of its pages; of this service alone."""
    session_keys: tuple[Mapping[str, str], ...]
    """Lists the public keys that sign-ins are read with, as JWK: today's, and during a rotation yesterday's."""
    session_idle: timedelta = timedelta(hours=2)
    """Is how long a sign-in lasts without a click; it ends after 12 hours in any case."""
    host: str = "127.0.0.1"
    """Is the address that the service listens on."""
    port: Port = 8000
    """Is the port that the service listens on."""
    public_url: str = "http://127.0.0.1:8000"
    """Is the one address where people reach the product from outside: the gateway's."""
    internal_port: Port = 0
    """Is where `/readyz`, `/statusz` and `/metrics` are asked, by nobody outside; 0: only `local` shows them."""
    internal_neighbours: Mapping[str, str] = {}
    """Maps the other services' titles to their URLs on their internal ports."""
    local: bool = False
    """Is a demonstration, on loopback only: personas sign in without a password, cookies need no TLS."""
    clock_offset_file: Path | None = None
    """Names a file with the seconds by which a demonstration's clock is moved."""
    gateways: tuple[str, ...] = ()
    """Lists addresses or networks of the gateway in front, which is believed when it names who asks."""
    allowance: Annotated[float, Field(ge=0), Unit("factor")] = 1
    """Multiplies how many requests may be made at once; 0 counts nothing."""
    instance: str = ""
    """Is a name of this instance that survives restarts, such as a pod's."""
    log_level: str = "INFO"
    """Is the least level of what is logged."""
    database_pool: Annotated[int, Unit("connections")] = 10
    """Is how many connections to the database an instance may open."""
    drain: Seconds = 5.0
    """Is how long an instance that is to end says so on `/readyz` and still serves, until the balancer notices."""
    database_lock_seconds: Annotated[Seconds, Field(gt=0)] = REQUESTS.lock
    """Limits how long a request waits for a lock; consumers and jobs wait longer."""
    database_statement_seconds: Annotated[Seconds, Field(gt=0)] = REQUESTS.statement
    """Limits how long a request's statement runs; consumers and jobs wait longer."""
    retain_settled: timedelta = timedelta(days=7)
    """Is how long the content of a parked message is stored once it is settled (rule 27)."""
    retain_erasures: timedelta = timedelta(days=730)
    """Is how long the bus stores the id of somebody who was erased (rule 27)."""
    retain_published: Days = timedelta(days=7)
    """Is how long published events are stored to be published again, 1 to 7 days."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_former_names(cls, values: object) -> object:
        """A setting under a name that nothing reads any more would be passed over in silence."""
        former = sorted({name.upper() for name in os.environ} & cls.former_names.keys())
        if former:
            raise ValueError("\n".join(f"{name} s'appelle {cls.former_names[name]} : renommez-la" for name in former))
        return values
