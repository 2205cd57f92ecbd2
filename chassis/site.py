"""A service as it is served: its pages and API in the frame, its health, and the desk of parked messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from chassis import health, parking
from chassis.bounds import RowNumber
from chassis.journal import Journal
from chassis.runtime import Runtime
from chassis.web import (
    Common,
    Frame,
    Page,
    Principal,
    Read,
    allowed,
    anybody,
    create_app,
    shared,
    traced_first,
)
from chassis.web.journal_pages import DISCARDED, REPLAYED, journal_pages
from chassis.web.look import look
from chassis.web.middleware import Doors
from chassis.web.page import Freshness
from chassis.web.tokens import Tokens

AN_ADMINISTRATOR = Depends(allowed("administrator"))
Administrator = Annotated[Principal, AN_ADMINISTRATOR]
Professional = Annotated[Principal, Depends(allowed("administrator", "prescriber", "mediator"))]


@dataclass(frozen=True)
class Site:
    """What a service shows: `routers` are its pages and its API; `state` is what they need besides.

    `front` is where its root leads when it is reached without the gateway; `common` is what all services show,
    `journal` what may be done in it, and how that is called.
    """

    runtime: Runtime
    title: str
    routers: Sequence[APIRouter]
    front: str = "/"
    state: Mapping[str, object] = field(default_factory=dict)
    common: Common = field(default_factory=Common)
    journal: Journal = field(default_factory=Journal)

    def application(self) -> FastAPI:
        settings = self.runtime.declared.settings
        pages = journal_pages(self.journal, settings.service)
        own = vital_signs(self.runtime), parked_messages(self.runtime), pages
        app = create_app(self.frame(), self.routers, own, lifespan=self.runtime.working)
        app.add_middleware(Doors, internal_port=settings.internal_port, local=settings.local)
        app.state.settings = settings
        for name, value in self.state.items():
            setattr(app.state, name, value)
        return app

    def frame(self) -> Frame:
        settings = self.runtime.declared.settings
        return Frame(
            service=settings.service,
            title=self.title,
            database=self.runtime.database,
            tokens=self.tokens(),
            templates=self.runtime.declared.folder / "templates",
            secret=settings.secret.get_secret_value(),
            hosts=(settings.host, urlsplit(settings.public_url).hostname or ""),
            local=settings.local,
            front=self.front,
            common=self.common,
            look=look(self.common.static, self.common.mark, self.common.brand),
            freshness=self.freshness,
            gateways=settings.gateways,
            allowance=settings.allowance,
        )

    def tokens(self) -> Tokens:
        runtime, settings = self.runtime, self.runtime.declared.settings
        return Tokens(settings.session_keys, runtime.revocations, runtime.clock, settings.session_idle)

    def freshness(self) -> list[Freshness]:
        """Say when everything of each source was last applied."""
        consumers, sources = self.runtime.consumers, self.common.sources
        return [Freshness(sources[topic], consumers[topic].fresh_at) for topic in sources if topic in consumers]


def vital_signs(runtime: Runtime) -> APIRouter:
    router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)

    @router.get("/livez")
    async def alive() -> dict[str, bool]:
        return {"alive": True}

    @router.get("/readyz")
    async def ready() -> JSONResponse:
        """Say to the balancer whether it may get requests."""
        faults = health.faults(runtime.serving)
        return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200)

    @router.get("/statusz")
    async def working() -> JSONResponse:
        """Say to alarms whether its work goes on: nobody is taken out of the balancer or ended for it."""
        faults = health.faults(runtime.working_on)
        shown = {"working": not faults, "faults": faults, "secrets": runtime.digests}
        return JSONResponse(shown, 503 if faults else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


def parked_messages(runtime: Runtime) -> APIRouter:
    """Return the pages where a person sees what is wrong, and decides about parked messages."""
    shown_at = f"/{runtime.declared.settings.service}/etat"
    router = APIRouter(prefix=shown_at, include_in_schema=False)

    @router.get("", dependencies=[shared("l'état du service, de personne")])
    async def status(page: Page, reading: Read, who: Professional) -> Response:
        """Show what is wrong. A message may quote whom it is about: an administrator reads it, others how many."""
        faults, parked = health.faults(runtime.working_on), await parking.waiting(reading)
        return page.show("status.html", faults=faults, parked=parked, decides="administrator" in who.roles)

    @router.post("/messages/{parked_id}/rejouer", dependencies=[AN_ADMINISTRATOR, traced_first(REPLAYED)])
    async def replay(page: Page, who: Administrator, parked_id: RowNumber) -> Response:
        await runtime.replay(parked_id, by=who.subject)
        return page.redirect(shown_at, flash=f"Le message {parked_id} est appliqué.")

    @router.post("/messages/{parked_id}/ecarter", dependencies=[AN_ADMINISTRATOR, traced_first(DISCARDED)])
    async def discard(page: Page, who: Administrator, parked_id: RowNumber) -> Response:
        await runtime.discard(parked_id, by=who.subject)
        return page.redirect(shown_at, flash=f"Le message {parked_id} est écarté.")

    return router
