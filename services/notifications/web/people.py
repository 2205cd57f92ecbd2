"""What a person has to do: call, post a letter, look at what became of somebody's messages."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import FormCommand, Page, Principal, Read, Transact, allowed
from contracts.ids import BeneficiaryId, NoticeId
from county.settings import settings_of
from services.notifications import queries, wording
from services.notifications.model import ANONYMOUS, CallOutcome, Facts
from services.notifications.texts import letter, letters, spoken
from services.notifications.usecases import calling
from services.notifications.usecases.reading import keep

router = APIRouter(include_in_schema=False)

Professional = Annotated[Principal, Depends(allowed("prescriber", "mediator", "administrator"))]


@router.get("/")
async def to_call(page: Page, transact: Transact, who: Professional) -> Response:
    async def shown(tx: Transaction) -> Response:
        calls = await queries.waiting_for_a_person(tx, "call", page.now)
        await keep(tx, who.subject, "calls", [contact.beneficiary_id for _, contact in calls])
        notices = [notice for notice, _ in calls]
        facts = await queries.facts(tx, notices, settings_of(page).data_url)
        tries = await queries.tries_of(tx, notices)
        cards = [(notice, contact, spoken(facts[notice.id], page.now), tries[notice.id]) for notice, contact in calls]
        later = await queries.called_later(tx, page.now)
        return page.show("calls.html", calls=cards, later=later, words=wording)

    return await transact(shown)


@router.post("/messages/{notice_id}/appel")
async def called(
    command: FormCommand, who: Professional, notice_id: NoticeId, outcome: Annotated[CallOutcome, Form()]
) -> Response:
    return await command.once(
        lambda tx: calling.keep_call(tx, notice_id, outcome, who.subject),
        goto=lambda _: "/",
        said=lambda notice: (
            "L'appel est noté." + (" On vous le propose plus tard." if notice.state == "by_hand" else "")
        ),
    )


@router.get("/courriers")
async def waiting_letters(page: Page, reading: Read, _: Professional) -> Response:
    waiting = await queries.waiting_for_a_person(reading, "letter", page.now)
    return page.show("letters.html", letters=waiting, words=wording)


@router.post("/courriers/lot.pdf")
async def batch(
    page: Page, transact: Transact, who: Professional, notice_id: Annotated[list[NoticeId], Form()]
) -> Response:
    """Those that were on the page and still wait, a sheet each: what came since is in the next batch."""

    async def opened(tx: Transaction) -> Sequence[Facts]:
        waiting = await queries.letters_of(tx, notice_id)
        await keep(tx, who.subject, "letters", [notice.beneficiary_id for notice in waiting])
        facts = await queries.facts(tx, waiting, settings_of(page).data_url)
        return [facts[notice.id] for notice in waiting]

    made = await letters(await transact(opened), page.now)
    return Response(
        made, media_type="application/pdf", headers={"Content-Disposition": "inline; filename=courriers.pdf"}
    )


@router.post("/courriers/postes")
async def posted(command: FormCommand, _: Professional, notice_id: Annotated[list[NoticeId], Form()]) -> Response:
    """Those of the batch that was on the page; what came since is not in the envelopes."""
    return await command.once(
        lambda tx: calling.post(tx, notice_id),
        goto=lambda _: "/courriers",
        said=lambda count: f"{count} courriers notés comme postés.",
    )


@router.get("/courriers/{notice_id}")
async def one_letter(page: Page, transact: Transact, who: Professional, notice_id: NoticeId) -> Response:
    async def opened(tx: Transaction) -> Facts:
        notice = await queries.notice(tx, notice_id)
        facts = (await queries.facts(tx, [notice], settings_of(page).data_url)).get(notice.id)
        if facts is None:
            raise queries.NoSuchNotice
        await keep(tx, who.subject, "letters", [notice.beneficiary_id])
        return facts

    facts = await transact(opened)
    return page.show("letter.html", written=letter(facts, page.now), facts=facts, today=page.now)


@router.post("/messages/{notice_id}/fait")
async def done(command: FormCommand, _: Professional, notice_id: NoticeId) -> Response:
    return await command.once(
        lambda tx: calling.done_by_person(tx, notice_id),
        goto=lambda notice: "/courriers" if notice.channel == "letter" else "/",
        said=lambda notice: "Le courrier est noté comme posté." if notice.channel == "letter" else "L'appel est noté.",
    )


@router.get("/messages")
async def messages(page: Page, transact: Transact, who: Professional) -> Response:
    async def shown(tx: Transaction) -> Response:
        notices = await queries.recent_notices(tx)
        await keep(tx, who.subject, "messages", {notice.beneficiary_id for notice, _ in notices} - {ANONYMOUS})
        return page.show("messages.html", notices=notices, person=None, words=wording)

    return await transact(shown)


@router.get("/personnes/{beneficiary_id}")
async def of_person(page: Page, transact: Transact, who: Professional, beneficiary_id: BeneficiaryId) -> Response:
    async def shown(tx: Transaction) -> Response:
        if contact := await queries.contact_of(tx, beneficiary_id):
            await keep(tx, who.subject, "person", [beneficiary_id])
        notices = [(notice, contact) for notice in await queries.notices_of(tx, beneficiary_id)]
        return page.show("messages.html", notices=notices, person=contact, words=wording)

    return await transact(shown)
