"""What a provider does to us on a bad day, switched by a button: slow, refusing, silent, late.

What it holds back it holds for some seconds, or as many as it was asked for, or until `/faults/over` lets go of it.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.local.outside.phones import FAULTS, Fault, Phones

BEFORE: dict[Fault, float] = {"late": 6.0, "time_out": 120.0}  # seconds
AFTER: dict[Fault, float] = {"slow": 2.0}

Answer = Callable[[Request], Awaitable[Response]]


def troubled(phones: Phones, provider: str, refusal: Callable[[], Response], answer: Answer) -> Answer:
    """`refusal` is how this provider says that it can't take anything now."""

    async def answered(request: Request) -> Response:
        fault = phones.fault(provider)
        await request.body()
        await phones.hold(provider, BEFORE.get(fault, 0))
        if fault == "time_out":
            return Response(status_code=504)
        if fault == "refuse":
            return refusal()
        taken = await answer(request)
        await phones.hold(provider, AFTER.get(fault, 0))
        return taken

    return answered


def routes(phones: Phones) -> list[Route]:
    async def switch(request: Request) -> Response:
        """`provider` and `fault`, by a form or as JSON, there with `seconds`, if they are others than usual."""
        by_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        asked = dict(await request.form()) if by_form else await request.json()
        fault = next((known for known in FAULTS if known == asked.get("fault")), None)
        if fault is None:
            return JSONResponse({"error": "unknown fault"}, 422)
        phones.faults[provider := str(asked["provider"])] = fault
        phones.seconds[provider] = float(str(asked.get("seconds", 0)))
        return RedirectResponse("/fournisseurs", 303) if by_form else JSONResponse(phones.faults)

    async def held(_: Request) -> Response:
        return JSONResponse({provider: len(requests) for provider, requests in phones.held.items()})

    async def let_go(request: Request) -> Response:
        for go_on in phones.held[(await request.json())["provider"]]:
            go_on.set()
        return Response(status_code=204)

    return [
        Route("/faults", switch, methods=["POST"]),
        Route("/faults/held", held, methods=["GET"]),
        Route("/faults/over", let_go, methods=["POST"]),
    ]
