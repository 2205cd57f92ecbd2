"""A resident's own link: no account, no script, an old telephone. Looking at a page never changes anything.

Whoever has the code sees one person's sessions; who has none learns nothing.
"""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from chassis.refusal import Refusal
from chassis.web import GUESS, FormCommand, Guessed, Page, Read, anybody, own_keyed, traced
from chassis.web.page import Pages
from chassis.web.throttle import TooOften, count_wrong
from contracts.words import Actor
from county.links import as_typed, stop_token
from services.booking import acts, queries, usecases
from services.booking.access import Policy
from services.booking.model import AlreadyMarked, NotEnoughVouchers, OfferEnded, OverlapsAnother, SessionOver
from services.booking.policy import BookingPolicy
from services.booking.web.link import Link, Opened, opened, others, shown

RESIDENT = Actor(kind="beneficiary")
QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}

TO_RESIDENTS: Mapping[type[Refusal], str] = {
    OverlapsAnother: "Vous avez déjà une séance à ce moment-là. Appelez votre médiateur.",
    NotEnoughVouchers: "Il ne vous reste pas assez de chèques pour cette séance. Appelez votre médiateur.",
    OfferEnded: "Vous avez déjà répondu, ou cette place n'est plus gardée pour vous.",
    AlreadyMarked: "Votre séance est déjà annulée, ou elle est passée.",
    SessionOver: "Cette séance a déjà commencé, ou elle est annulée. Appelez votre médiateur.",
}
"""What professionals are told of a person is told to that person in other words."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Quiet(APIRoute):
    """The address is a key: no other site hears of it, nobody indexes it; a refusal is a page for residents too."""

    def get_route_handler(self) -> Handler:
        handler = super().get_route_handler()

        async def quiet(request: Request) -> Response:
            try:
                response = await handler(request)
            except Refusal as refusal:
                await count_wrong(request, refusal)
                response = refused(Pages(request), refusal)
                response.headers.update(refusal.headers)
            response.headers.update(QUIET)
            return response

        return quiet


router = APIRouter(dependencies=[Depends(anybody), Depends(Guessed(GUESS))], route_class=Quiet)


def refused(page: Pages, refusal: Refusal) -> Response:
    """Who pressed a button goes back to the link's page, which shows how things are now."""
    if page.request.method == "POST" and refusal.status != TooOften.status:
        sentence = TO_RESIDENTS.get(type(refusal), refusal.sentence)
        return page.redirect(f"/r/{page.request.path_params['link']}", flash=sentence)
    return page.show("resident_code.html", status=refusal.status, refusal=refusal)


@router.get("/r")
async def type_code(page: Page, code: str = "") -> Response:
    """Take a code that was read from a letter."""
    if typed := as_typed(code):
        return page.redirect(f"/r/{typed}")
    return page.show("resident_code.html", refusal=None)


@router.get("/r/{link}", dependencies=[own_keyed(opened)])
async def look(page: Page, reading: Read, policy: Policy, link: Opened) -> Response:
    values = await shown(reading, link, page.now, policy)
    return page.show(
        "resident.html",
        **values,
        others=await others(reading, link, page.now) if link.changed(page.now) else [],
        stop=await stop_address(reading, link, policy),
    )


async def stop_address(reading: Read, link: Link, policy: BookingPolicy) -> str:
    """Say where messages are stopped; nothing for those whom no machine writes to."""
    whose = link.booking.person
    known = (await queries.people(reading, [whose])).get(whose)
    if known is None or known.channel not in {"sms", "email"}:
        return ""
    return f"/stop/{stop_token(policy.link_secret, whose, known.channel)}"


@router.get("/r/{link}/annuler", dependencies=[own_keyed(opened)])
async def ask_before_cancelling(page: Page, reading: Read, policy: Policy, link: Opened) -> Response:
    """A link preview may come here: nothing is done yet."""
    values = await shown(reading, link, page.now, policy)
    if values["state"] != "coming":
        return page.redirect(f"/r/{link.booking.code}")
    return page.show("resident_cancel.html", **values)


@router.post("/r/{link}/annuler", dependencies=[own_keyed(opened), traced(acts.CANCELLED_BY_LINK)])
async def cancel(command: FormCommand, policy: Policy, link: Opened) -> Response:
    reason = "annulée par la personne"
    return await command.run(
        lambda tx: usecases.cancel(tx, link.booking.id, by=RESIDENT, reason=reason, policy=policy),
        goto=lambda _: f"/r/{link.booking.code}",
        flash=lambda _: "C'est noté. Merci de nous avoir prévenus.",
    )


@router.post("/r/{link}/accepter", dependencies=[own_keyed(opened), traced(acts.ACCEPTED_BY_LINK)])
async def accept(command: FormCommand, link: Opened) -> Response:
    return await command.run(
        lambda tx: usecases.accept_offer(tx, link.booking.id, by=RESIDENT),
        goto=lambda _: f"/r/{link.booking.code}",
        flash=lambda _: "La place est à vous.",
    )


@router.post("/r/{link}/refuser", dependencies=[own_keyed(opened), traced(acts.DECLINED_BY_LINK)])
async def decline(command: FormCommand, policy: Policy, link: Opened) -> Response:
    return await command.run(
        lambda tx: usecases.decline_offer(tx, link.booking.id, policy=policy),
        goto=lambda _: f"/r/{link.booking.code}",
        flash=lambda _: "C'est noté. La place est proposée à quelqu'un d'autre.",
    )
