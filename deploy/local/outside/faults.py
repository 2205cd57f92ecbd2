"""What a provider does to us on a bad day, switched by a button: slow, refusing, silent."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.outside.phones import FAULTS, Phones

SLOW, SILENT = 2.0, 120.0  # seconds

Answer = Callable[[Request], Awaitable[Response]]


def troubled(phones: Phones, provider: str, refusal: Callable[[], Response], answer: Answer) -> Answer:
    """`refusal` is how this provider says that it can't take anything now."""

    async def answered(request: Request) -> Response:
        match phones.fault(provider):
            case "slow":
                taken = await answer(request)
                await asyncio.sleep(SLOW)
                return taken
            case "time_out":
                await asyncio.sleep(SILENT)
                return Response(status_code=504)
            case "refuse":
                return refusal()
            case "none" | "never_deliver":
                return await answer(request)

    return answered


def routes(phones: Phones) -> list[Route]:
    async def switch(request: Request) -> Response:
        """`provider` and `fault`, by a form or as JSON."""
        by_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        asked = dict(await request.form()) if by_form else await request.json()
        fault = next((one for one in FAULTS if one == asked.get("fault")), None)
        if fault is None:
            return JSONResponse({"error": "unknown fault"}, 422)
        phones.faults[str(asked["provider"])] = fault
        return RedirectResponse("/fournisseurs", 303) if by_form else JSONResponse(phones.faults)

    return [Route("/faults", switch, methods=["POST"])]
