"""One application: our frame around a service's pages and API."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from chassis.db import Database
from chassis.web import csrf, inputs, local, problems
from chassis.web.access import anybody, shared
from chassis.web.documents import REFUSALS, Documented
from chassis.web.former import FormerAddresses
from chassis.web.look import Brand, Look, served
from chassis.web.menu import NavLink
from chassis.web.middleware import SecurityHeaders
from chassis.web.page import Filters, Freshness, compile_all, environment
from chassis.web.tokens import Tokens

Lifespan = Callable[[Any], AbstractAsyncContextManager[None]]

CHECKED: dict[int, tuple[APIRouter, Sequence[BaseRoute]]] = {}  # by the router's id


@dataclass(frozen=True)
class Common:
    """What every service shows the same: pages, their templates with filters, and what the foot of each page links to.

    `sources` says by topic how a page calls the service whose news it shows. `static` has the style sheet `pass.css`
    with what it loads, `mark` names the drawing beside our name, and `search` is the path of the search box. `menu`
    is of who is signed in, `public` of who is not.
    """

    routers: Sequence[APIRouter] = ()
    templates: Path | None = None
    filters: Filters = ()
    foot: Sequence[NavLink] = ()
    menu: Sequence[NavLink] = ()
    public: Sequence[NavLink] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    static: Path | None = None
    mark: str = ""
    brand: Brand = field(default_factory=Brand)
    search: str = ""


@dataclass(frozen=True)
class Frame:
    """What surrounds the pages of one service.

    `service` is its first path segment for what each service shows of itself, `front` the page that its root leads to.
    `hosts`: where it listens and where it is reached; a `local` one listens to this machine only. `gateways` and
    `allowance`: see the settings.
    """

    service: str
    title: str
    database: Database
    tokens: Tokens
    templates: Path
    secret: str
    hosts: Sequence[str]
    local: bool
    front: str = "/"
    common: Common = field(default_factory=Common)
    look: Look = field(default_factory=Look)
    freshness: Callable[[], list[Freshness]] = list
    gateways: Sequence[str] = ()
    allowance: float = 0


def create_app(frame: Frame, routers: Sequence[APIRouter], own: Sequence[APIRouter], lifespan: Lifespan) -> FastAPI:
    """Put the frame around routers of the service's modules and around `own`, made for this application alone.

    Raises DemonstrationIsLocal when personas would be shown to the world.
    """
    app = Documented(
        title=f"Pass numérique · {frame.title}",
        version="1",
        openapi_url=f"/api/{frame.service}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.frame, common = frame, frame.common
    app.state.templates = environment(frame.templates, common.templates, filters=common.filters)
    if frame.local:
        local.refuse_public(*frame.hosts)
    for shared_by_all in (*common.routers, *routers):
        app.router.routes += checked_and_cached(shared_by_all)
    for made_here in (*own, served(frame.look), front(frame)):
        app.router.routes += checked(made_here)
    problems.install(app)
    surround(app, frame)
    return app


def surround(app: FastAPI, frame: Frame) -> None:
    """Add what every request passes before its route; the last added comes first."""
    app.add_middleware(FormerAddresses, service=frame.service)
    app.add_middleware(SecurityHeaders, refused=problems.refused, local=frame.local)
    if frame.gateways:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=[*frame.gateways])


def made_ready(app: FastAPI) -> None:
    """Do before the port opens what would make the first to ask wait, and everything else with them.

    Templates are compiled, routes analysed, the API described: some tenths of a second of the event loop.
    """
    compile_all(app.state.templates)
    app.openapi()


def checked(router: APIRouter) -> Sequence[BaseRoute]:
    """Return the routes, behind the checks that all requests pass."""
    around = APIRouter(dependencies=[Depends(inputs.check), Depends(csrf.check)], responses=REFUSALS)
    around.include_router(router)
    return around.routes


def checked_and_cached(router: APIRouter) -> Sequence[BaseRoute]:
    """Return the same for a router that lives as long as the process, analysed once for all applications.

    Tests make more than a thousand, and the analysis was most of what one cost.
    """
    if id(router) not in CHECKED:
        CHECKED[id(router)] = router, checked(router)
    return CHECKED[id(router)][1]


def front(frame: Frame) -> APIRouter:
    """Lead from the root of a service that is reached without the gateway to its front page."""
    router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)
    if frame.front == "/":
        return router

    @router.get("/", dependencies=[shared("le chemin de la page d'accueil")])
    async def lead() -> Response:
        return RedirectResponse(frame.front, 303)

    return router
