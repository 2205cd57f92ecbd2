"""python -m tests.architecture.matrix: write docs/access.md, of what each route answers to whom."""

import asyncio
import hmac
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from fastapi import FastAPI

from chassis.web import Principal, csrf
from chassis.web.principal import COOKIE, cookie_for
from deploy.local.servers import ROOT
from tests.actors import SECRET
from tests.architecture.test_walls import said
from tests.inputs.asked import FORM_COOKIE, ROLES, Asker
from tests.inputs.awkward import Route, all_routes, filled
from tests.sites import SERVICES, routes, site_of

PAGE = ROOT / "docs" / "access.md"
HEAD = """# Who may use which route

Written by `python -m tests.architecture.matrix` from what each application answers; a test asks every route again.
«oui»: the role gets past the wall of roles. Then the last column holds: whose object it must be, and where that is
checked (decision 0081). What is another's is refused, or opens for a reason that is recorded.
"""
COLUMNS: Mapping[str, Principal | None] = {"sans compte": None, **ROLES}
HOW = {
    "checked": "le sien",
    "within": "le sien, dans la transaction",
    "listed": "les siens seulement",
    "shared": "à tous",
}


async def lets_in(asker: Asker, route: Route, who: Principal | None) -> bool:
    """Whether it gets past the roles: the database is away, so what lies behind answers nothing else than that."""
    subject = who.subject if who else ""
    token = hmac.digest(SECRET.encode(), f"{FORM_COOKIE}|{subject}".encode(), "sha256").hex()
    kind, content = asker._content(route, given := filled(route, {}), token, "")
    session = f"{COOKIE}={cookie_for(who, SECRET)}; " if who else ""
    cookies = f"{session}{csrf.COOKIE}={FORM_COOKIE}"
    headers = {"Content-Type": kind, "Cookie": cookies, "Idempotency-Key": token, "X-CSRF-Token": token}
    path = route.path
    for name, value in given.path.items():
        path = path.replace("{" + name + "}", str(value))
    answer = await asker.client.request(route.method, path, headers=headers, content=content, params=given.query)
    return not walled(answer)


def walled(answer: httpx.Response) -> bool:
    signed_out = answer.headers.get("location", "").startswith("/connexion?retour=")
    return answer.status_code in {401, 403} or signed_out


def owners(app: FastAPI) -> dict[tuple[str, str], str]:
    """By method and path, what its decorator says."""
    return {
        (method, route.path): "; ".join(f"{HOW[one.how]} : {one.what}" for one in said(route))
        for route in routes(app)
        for method in route.methods or ()
    }


async def lines(service: str) -> list[str]:
    app = site_of(service).application()
    asker, whose = Asker.of(app, {}), owners(app)
    found = []
    for route in all_routes(app):
        let_in = ["oui" if await lets_in(asker, route, who) else "non" for who in COLUMNS.values()]
        found.append(cells(f"{route.method} {route.path}", *let_in, whose[route.method, route.path]))
    return found


def cells(*texts: Any) -> str:
    return f"| {' | '.join(map(str, texts))} |"


async def written() -> str:
    return "\n".join([HEAD, *[line async for line in _whole()], ""])


async def _whole() -> Any:
    for service in SERVICES:
        yield f"## {service}\n"
        yield cells("route", *COLUMNS, "dont l'objet est")
        yield cells(*["---"] * (len(COLUMNS) + 2))
        for line in await lines(service):
            yield line
        yield ""


def of_service(text: str, service: str) -> Iterator[str]:
    """Its lines in the document."""
    part = text.partition(f"## {service}\n")[2].partition("\n## ")[0]
    yield from (line for line in part.splitlines() if line.startswith(("| GET", "| POST", "| PUT", "| DELETE")))


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(written()), encoding="utf-8")
