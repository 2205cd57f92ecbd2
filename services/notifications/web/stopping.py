"""Where a person stops messages, from the link in a message, without an account. Looking changes nothing. Rule 25."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import GUESS, Guessed, Page, Read, Transact, anybody, own_keyed, signed_address, traced
from services.notifications import acts, wording
from services.notifications.access import CurrentSettings
from services.notifications.model import STOPPABLE
from services.notifications.usecases import opt_outs

router = APIRouter(
    include_in_schema=False,
    dependencies=[Depends(anybody), Depends(Guessed(GUESS)), own_keyed(opt_outs.asked_for)],
)


@router.get("/stop/{token}")
async def ask(page: Page, reading: Read, settings: CurrentSettings, token: str) -> Response:
    _, channel, kind = await opt_outs.asked_for(reading, settings, token)
    return page.show("stop.html", done="", channel=channel, kind=kind if kind in STOPPABLE else None, words=wording)


@router.post("/stop/{token}", dependencies=[traced(acts.STOPPED)])
@signed_address
async def stop(
    page: Page, transact: Transact, settings: CurrentSettings, token: str, what: Annotated[str, Form()] = "channel"
) -> Response:
    """Stop them. The token stands for the form's: sent by a mail program's one click (RFC 8058) or the button."""

    async def stopped(tx: Transaction) -> Response:
        person, channel, kind = await opt_outs.asked_for(tx, settings, token)
        only = kind if what == "kind" and kind in STOPPABLE else None
        await opt_outs.stop(tx, person, channel, only)
        return page.show("stop.html", done="kind" if only else "channel", channel=channel, kind=only, words=wording)

    return await transact(stopped)
