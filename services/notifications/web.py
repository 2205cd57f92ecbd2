"""The list of those to call, the letters to post, and what became of each message."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.web import Page, Principal, Read, Transact, allowed
from contracts.ids import NoticeId
from services.notifications import queries, wording
from services.notifications.texts import mail, spoken
from services.notifications.usecases import sending

router = APIRouter(include_in_schema=False)

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]


@router.get("/")
async def to_call(page: Page, reading: Read, _: Professional) -> Response:
    calls = await queries.waiting_for_a_person(reading, "call")
    facts = await queries.facts(reading, [notice for notice, _ in calls])
    shown = [(notice, contact, spoken(facts[notice.id])) for notice, contact in calls]
    return page.show("calls.html", calls=shown, facts=facts, words=wording)


@router.get("/courriers")
async def letters(page: Page, reading: Read, _: Professional) -> Response:
    waiting = await queries.waiting_for_a_person(reading, "letter")
    return page.show("letters.html", letters=waiting, words=wording)


@router.get("/courriers/{notice_id}")
async def letter(page: Page, reading: Read, _: Professional, notice_id: NoticeId) -> Response:
    notice = await queries.notice(reading, notice_id)
    facts = (await queries.facts(reading, [notice]))[notice.id]
    return page.show("letter.html", written=mail(facts), facts=facts, today=page.now)


@router.get("/messages")
async def messages(page: Page, reading: Read, _: Professional) -> Response:
    return page.show("messages.html", notices=await queries.recent_notices(reading), words=wording)


@router.post("/messages/{notice_id}/fait")
async def done(page: Page, transact: Transact, _: Professional, notice_id: NoticeId) -> Response:
    notice = await transact(lambda tx: sending.done_by_person(tx, notice_id))
    if notice.channel == "letter":
        return page.redirect("/courriers", said="Le courrier est noté comme posté.")
    return page.redirect("/", said="L'appel est noté.")
