"""Who asks, and whose messages are open to them: their centre's, their mediator's, or those for a reason. Rule 27."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from chassis.db import Reading
from chassis.web import Page, Principal, allowed, checked
from contracts.ids import BeneficiaryId, NoticeId
from services.notifications import queries
from services.notifications.model import Agent
from services.notifications.settings import Settings
from services.notifications.usecases import readings

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


async def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(settings_of)]


async def agent(page: Page, settings: CurrentSettings, who: Professional) -> Agent:
    since = page.now - settings.glass_open_for
    of = who.centre_id, who.mediator_id, who.name
    return Agent(who.subject, page.now, since, "administrator" in who.roles, *of)


Asking = Annotated[Agent, Depends(agent)]


async def messages_open(reading: Reading, asking: Asking, beneficiary_id: BeneficiaryId) -> str:
    """Find why the messages of that person are open. Raises ReasonAsked."""
    return await readings.why_open(reading, asking, beneficiary_id)


async def notice_open(reading: Reading, asking: Asking, notice_id: NoticeId) -> Mapping[BeneficiaryId, str]:
    """Find whose that message is, and why it is open. Raises ReasonAsked, NoSuchNotice."""
    await queries.notice(reading, notice_id)
    return await readings.check_open(reading, asking, [notice_id])


async def reply_open(reading: Reading, asking: Asking, reply_id: UUID) -> str:
    """Find why that reply is open. Raises ReasonAsked, NoSuchReply."""
    return await readings.why_reply_open(reading, asking, reply_id)


WhyOpen = Annotated[str, Depends(checked(messages_open))]
WhyNoticeOpen = Annotated[Mapping[BeneficiaryId, str], Depends(checked(notice_open))]
