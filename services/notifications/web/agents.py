"""Mails to agents, for the administrator: which left, which did not, and why."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from chassis.web import Page, Read
from contracts.ids import AccountId
from services.notifications import queries, wording
from services.notifications.access import Administrator

router = APIRouter(include_in_schema=False)


@router.get("/messages/agents")
async def mails_to_agents(
    page: Page, reading: Read, _: Administrator, compte: AccountId | Literal[""] = ""
) -> Response:
    """Show the latest, of all agents or of one account."""
    mails = await queries.agent_mails(reading, compte or None)
    return await page.show_long("agent_mails.html", mails=mails, words=wording)
