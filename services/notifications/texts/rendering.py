"""Templates are files: `templates/<kind>/<channel>`. Plain text as it is, HTML with its values escaped."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

FOLDER = Path(__file__).parent / "templates"


@cache
def template(name: str) -> Template:
    escaped = name.endswith(".html")
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=escaped,  # noqa: S701 - text is text; HTML is escaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def rendered(name: str, values: Mapping[str, Any]) -> str:
    return template(name).render(values).strip()
