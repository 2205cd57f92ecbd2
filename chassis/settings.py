"""What every service is told from outside, by environment variables that begin with PASS_."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.bus import Bus


class ServiceSettings(BaseSettings):
    """`local` shows demonstration personas instead of a sign-in provider, on loopback only.

    `link_secret` signs residents' links: the same in booking and notifications (see `chassis.links`).
    `instance` is a name that survives restarts (a pod's), `neighbours` maps the other services' titles to their URLs.
    """

    model_config = SettingsConfigDict(env_prefix="PASS_", env_nested_delimiter="__", frozen=True)

    service: ClassVar[str]

    database_url: str
    bus: Bus
    secret: SecretStr
    link_secret: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    neighbours: Mapping[str, str] = {}
    local: bool = False
    clock_offset_file: Path | None = None
    pico_file: Path | None = None
    personas_file: Path | None = None
    instance: str = ""
    log_level: str = "INFO"
    database_pool: int = 10
