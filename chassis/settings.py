"""What every service is told from outside, by environment variables that begin with PASS_."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.bus import Bus
from chassis.limits import REQUESTS

Secret = Annotated[SecretStr, Field(min_length=32)]
"""A key to sign with: a short one, or none, could be guessed."""


Days = Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=7))]


class ServiceSettings(BaseSettings):
    """`local` shows demonstration personas instead of a sign-in provider, on loopback only.

    `gateways` are addresses or networks of the gateway in front, which is believed when it says who asks; `allowance`
    multiplies what one may ask at once, and 0 counts nothing (`chassis.web.throttle`).
    `drain` is how long, in seconds, an instance that is to end says so on `/readyz` and still serves: as long as the
    balancer in front of it needs to notice. On one machine there is none.

    `secret` signs sessions and tokens, the same in all services.
    `database_url` is of the role that serves; `migration_url` of the owner of the tables, which `migrate` alone needs:
    without it, one role does both.
    `database_lock_seconds` and `database_statement_seconds` are limits of requests; consumers and jobs wait longer.
    `internal_port` is where `/readyz`, `/statusz` and `/metrics` are asked, by nobody outside; `internal_neighbours`:
    the others' URLs there. Without it, one machine (`local`) shows them on its only port, and others nowhere.
    `instance` is a name that survives restarts (a pod's), `neighbours` maps the other services' titles to their URLs.
    """

    model_config = SettingsConfigDict(env_prefix="PASS_", env_nested_delimiter="__", frozen=True)

    service: ClassVar[str]

    database_url: str
    migration_url: str = ""
    bus: Bus
    secret: Secret
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    neighbours: Mapping[str, str] = {}
    internal_port: int = Field(0, ge=0, le=65_535)
    internal_neighbours: Mapping[str, str] = {}
    local: bool = False
    clock_offset_file: Path | None = None
    pico_file: Path | None = None
    personas_file: Path | None = None
    gateways: tuple[str, ...] = ()
    allowance: float = Field(1, ge=0)
    instance: str = ""
    log_level: str = "INFO"
    database_pool: int = 10
    drain: float = 5.0
    database_lock_seconds: float = Field(REQUESTS.lock, gt=0)
    database_statement_seconds: float = Field(REQUESTS.statement, gt=0)
    retain_settled: timedelta = timedelta(days=7)  # what parked messages said, once they are settled: rule 27
    retain_erasures: timedelta = timedelta(days=730)  # on the bus, that somebody was erased: an id, rule 27
    retain_published: Days = timedelta(days=7)  # what was published, to be published again: decision 0075
