"""Every setting of the four services, by the environment variable that sets it: `docs/settings.md`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from chassis.settings import ServiceSettings, Unit
from services.booking.settings import Settings as Booking
from services.catalogue.settings import Settings as Catalogue
from services.notifications.settings import Settings as Notifications
from services.notifications.settings import SmsAccount
from services.prescription.settings import Settings as Prescription

SERVICES: Sequence[type[ServiceSettings]] = (Prescription, Catalogue, Booking, Notifications)
HEAD = """# Settings

Each is an environment variable. Written by `python -m deploy.reference` from the settings' models; a test checks that
it is current. A duration is written as ISO 8601: `P7D` is seven days, `PT4H` four hours, `PT30S` thirty seconds.
JSON is one line of text: `{"a": "b"}` or `["a"]`. A setting without a default must be set.
"""
KINDS = {bool: "`true` or `false`", str: "text", timedelta: "duration", Path: "path", SecretStr: "text"}
TABLE = "| Name | What it is | Unit | Default | Secret |\n|---|---|---|---|---|"


class Group(Enum):
    """The sections, in the order of the document."""

    EVERY = "Every service"
    KAFKA = "Every service: Kafka"
    LAW = "Every service: whom the pages of the law name"
    RETAIN = "Every service: how long something is stored"


@dataclass(frozen=True)
class Setting:
    """`services` names those that read it."""

    name: str
    meaning: str
    unit: str
    default: str
    secret: bool
    services: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """Name the section it belongs to."""
        if len(self.services) < len(SERVICES):
            return " and ".join(self.services).capitalize()
        starts = {"PASS_BUS__": Group.KAFKA, "PASS_LEGAL__": Group.LAW, "PASS_RETAIN_": Group.RETAIN}
        return next((group for start, group in starts.items() if self.name.startswith(start)), Group.EVERY).value

    @property
    def row(self) -> str:
        """Write its line of the table."""
        cells = (f"`{self.name}`", self.meaning, self.unit, self.default, "**yes**" if self.secret else "no")
        return f"| {' | '.join(cells)} |"


def settings() -> Sequence[Setting]:
    """List every setting once, with the services that read it."""
    merged: dict[str, Setting] = {}
    for service in SERVICES:
        for setting in _of(service, "PASS_"):
            before = merged.get(setting.name, setting).services
            merged[setting.name] = replace(setting, services=(*before, service.service))
    return [*merged.values()]


def unclear() -> Iterator[str]:
    """Name each setting that lacks its sentence, or its unit."""
    yield from (f"{setting.name} has no sentence" for setting in settings() if not setting.meaning.endswith("."))
    yield from (f"{setting.name} has no unit" for setting in settings() if not setting.unit)


def page() -> str:
    """Write the document."""
    groups: dict[str, list[Setting]] = {group.value: [] for group in Group}
    for setting in settings():
        groups.setdefault(setting.group, []).append(setting)
    sections = (
        "\n".join([f"## {title}\n", TABLE, *(setting.row for setting in some)]) + "\n" for title, some in groups.items()
    )
    return "\n".join([HEAD, *sections])


def _of(model: type[BaseModel], prefix: str) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}" if prefix.isupper() else f"{prefix}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _of(field.annotation, f"{variable}__")
            continue
        yield _setting(variable, field)
        if SmsAccount in get_args(field.annotation):
            yield from _of(SmsAccount, f"{variable}: each ")


def _setting(variable: str, field: FieldInfo) -> Setting:
    unit = next((unit for unit in field.metadata if isinstance(unit, Unit)), None)
    kinds = [kind for kind in (field.annotation, *get_args(field.annotation)) if kind in KINDS]
    named = unit.name if unit else "JSON" if _is_json(field) else KINDS[kinds[0]] if kinds else "text"
    if not unit and field.annotation in (int, float):
        named = ""
    secret = field.annotation is SecretStr or bool(unit and unit.secret)
    return Setting(variable, " ".join((field.description or "").split()), named, _default(field), secret)


def _is_json(field: FieldInfo) -> bool:
    return isinstance(field.default, (Mapping, tuple))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    shown = _written(field.default)
    return f"`{shown}`" if shown else "none"


def _written(value: object) -> str:
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "" if isinstance(value, SecretStr) or value in (None, "", (), {}) else str(value)


def _duration(value: timedelta) -> str:
    """In ISO 8601, by the largest unit that divides it; never in months or years, which are not of one length."""
    seconds = int(value.total_seconds())
    for size, form in ((86_400, "P{}D"), (3600, "PT{}H"), (60, "PT{}M")):
        if seconds % size == 0:
            return form.format(seconds // size)
    return f"PT{seconds}S"
