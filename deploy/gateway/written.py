"""The files that a gateway is told by, written from the routing table."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from chassis.web.documents import MEDIA_TYPE
from chassis.web.inputs import LARGEST_BODY
from chassis.web.middleware import CORRELATION, HSTS, PLAUSIBLE, STRICT
from deploy.gateway.routing import FILE, Table
from deploy.gateway.wording import Answer, answers

FOLDER = Path(__file__).parent
CONFIGURATIONS = ("Caddyfile", "nginx.conf.template")


def outdated(table: Table) -> Sequence[str]:
    """Name the files that are not what the table and the templates would give."""
    return [name for name, content in files(table).items() if not _is(FOLDER / name, content)]


def write(table: Table) -> None:
    """Write every file anew."""
    for name, content in files(table).items():
        (FOLDER / name).write_text(content, encoding="utf-8")


def files(table: Table) -> Mapping[str, str]:
    """Return each file by its name."""
    jinja = environment()
    told = {
        "table": table,
        "strict": STRICT,
        "hsts": HSTS,
        "correlation": CORRELATION,
        "given": f"$http_{variable(CORRELATION)}",
        "plausible": PLAUSIBLE.pattern,
        "largest": LARGEST_BODY,
        "problem": MEDIA_TYPE,
    }
    return {
        FILE.name: json.dumps(asdict(table), indent=2, ensure_ascii=False) + "\n",
        **{name: jinja.get_template(name).render(told) for name in CONFIGURATIONS},
        **{f"pages/{name}.html": jinja.get_template("page.html").render(answer=a) for name, a in answers().items()},
        **{f"pages/{name}.json": problem(answer) for name, answer in answers().items()},
    }


def environment() -> Environment:
    """Return where the templates are; only pages have anything to escape."""
    jinja = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    jinja.filters |= {"variable": variable, "escaped": re.escape}
    return jinja


def variable(header: str) -> str:
    """Return what nginx calls a header."""
    return header.lower().replace("-", "_")


def problem(answer: Answer) -> str:
    """Write the answer for software (RFC 9457)."""
    told = {"type": "about:blank", "title": answer.title, "status": answer.status, "detail": answer.detail}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _is(path: Path, content: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == content
