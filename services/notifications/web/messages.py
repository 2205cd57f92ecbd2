"""Messages that need a person: calls to make, letters to post; what became of somebody's messages."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import FormCommand, Page, Transact, own, own_listed, own_within, shared, traced
from contracts.ids import BeneficiaryId, NoticeId
from county.reasons import Reason
from county.settings import settings_of
from services.notifications import acts, queries, wording
from services.notifications.access import Asking, WhyNoticeOpen, WhyOpen, messages_open, notice_open, reply_open
from services.notifications.model import CallOutcome, Contact, Facts, Reply
from services.notifications.texts import letter, letters, spoken
from services.notifications.usecases import calling, opt_outs
from services.notifications.usecases.readings import check_open, give_reason, record_reading

router = APIRouter(include_in_schema=False)


class Opening(BaseModel):
    why: Reason


def mine(rows: Sequence[queries.Shown]) -> dict[BeneficiaryId, str]:
    """Give, by person, why their lines are open."""
    return {notice.beneficiary_id: why for notice, _, why in rows if why}


@router.get("/appels", dependencies=[own_listed(queries.waiting_for_a_person), traced(acts.CALLS_READ)])
async def to_call(page: Page, transact: Transact, asking: Asking) -> Response:
    """Show theirs to call; of the others, that they wait."""

    async def shown(tx: Transaction) -> Response:
        calls = await queries.waiting_for_a_person(tx, "call", asking)
        await record_reading(tx, asking, "calls", mine(calls))
        notices = [notice for notice, _, why in calls if why]
        facts = await queries.facts(tx, notices, settings_of(page).data_url)
        tries = await queries.tries_of(tx, notices)
        cards = [
            (notice, contact, spoken(facts[notice.id], page.now), tries[notice.id])
            for notice, contact, why in calls
            if why
        ]
        others = [notice for notice, _, why in calls if not why]
        replies = await unread_replies(tx, asking)
        later = await queries.called_later(tx, page.now)
        return page.show("calls.html", calls=cards, replies=replies, others=others, later=later, words=wording)

    return await transact(shown)


async def unread_replies(tx: Transaction, asking: Asking) -> Sequence[tuple[Reply, Contact | None]]:
    """List what people wrote back: whoever sees it has read of them."""
    replies = await queries.unread_replies(tx, asking)
    await record_reading(
        tx, asking, "calls", {reply.beneficiary_id: why for reply, _, why in replies if reply.beneficiary_id}
    )
    return [(reply, contact) for reply, contact, _ in replies]


@router.post("/reponses/{reply_id}/lue", dependencies=[own(reply_open), traced(acts.REPLY_READ)])
async def read(command: FormCommand, asking: Asking, reply_id: UUID) -> Response:
    return await command.run(
        lambda tx: opt_outs.read_reply(tx, reply_id, asking.name),
        goto=lambda _: "/appels",
        flash=lambda _: "La réponse est notée comme lue.",
    )


@router.post("/reponses/{reply_id}/stop", dependencies=[own(reply_open), traced(acts.REPLY_STOPS)])
async def read_as_stop(command: FormCommand, asking: Asking, reply_id: UUID) -> Response:
    return await command.run(
        lambda tx: opt_outs.read_reply(tx, reply_id, asking.name, stops=True),
        goto=lambda _: "/appels",
        flash=lambda _: "Ce numéro ne reçoit plus de SMS : les messages prennent un autre chemin.",
    )


@router.post("/messages/{notice_id}/appel", dependencies=[own(notice_open), traced(acts.CALLED)])
async def called(
    command: FormCommand, asking: Asking, notice_id: NoticeId, outcome: Annotated[CallOutcome, Form()]
) -> Response:
    return await command.run(
        lambda tx: calling.record_call(tx, notice_id, outcome, asking.name),
        goto=lambda _: "/appels",
        flash=lambda notice: (
            "L'appel est noté." + (" On vous le propose plus tard." if notice.state == "by_hand" else "")
        ),
    )


@router.get("/courriers", dependencies=[own_listed(queries.waiting_for_a_person), traced(acts.LETTERS_READ)])
async def waiting_letters(page: Page, transact: Transact, asking: Asking) -> Response:
    """Show theirs to post; of the others, that they wait."""

    async def shown(tx: Transaction) -> Response:
        waiting = await queries.waiting_for_a_person(tx, "letter", asking)
        await record_reading(tx, asking, "letters", mine(waiting))
        letters = [(notice, contact) for notice, contact, why in waiting if why]
        others = [notice for notice, _, why in waiting if not why]
        return page.show("letters.html", letters=letters, others=others, words=wording)

    return await transact(shown)


@router.post("/courriers/lot.pdf", dependencies=[own_within(check_open), traced(acts.LETTERS_PRINTED)])
async def batch(
    page: Page, transact: Transact, asking: Asking, notice_id: Annotated[list[NoticeId], Form()]
) -> Response:
    """Print those that were on the page and still wait, a sheet each: what came since is in the next batch."""

    async def opened(tx: Transaction) -> Sequence[Facts]:
        why, waiting = await check_open(tx, asking, notice_id), await queries.letters_of(tx, notice_id)
        await record_reading(
            tx, asking, "letters", {notice.beneficiary_id: why[notice.beneficiary_id] for notice in waiting}
        )
        facts = await queries.facts(tx, waiting, settings_of(page).data_url)
        return [facts[notice.id] for notice in waiting]

    made = await letters(await transact(opened), page.now)
    return Response(
        made, media_type="application/pdf", headers={"Content-Disposition": "inline; filename=courriers.pdf"}
    )


@router.post("/courriers/postes", dependencies=[own_within(calling.post), traced(acts.POSTED)])
async def posted(command: FormCommand, asking: Asking, notice_id: Annotated[list[NoticeId], Form()]) -> Response:
    """Record those of the batch that was on the page; what came since is not in the envelopes."""
    return await command.run(
        lambda tx: calling.post(tx, notice_id, asking),
        goto=lambda _: "/courriers",
        flash=lambda count: f"{count} courriers notés comme postés.",
    )


@router.get("/courriers/{notice_id}", dependencies=[own(notice_open), traced(acts.LETTER_READ)])
async def letter_page(
    page: Page, transact: Transact, asking: Asking, why: WhyNoticeOpen, notice_id: NoticeId
) -> Response:
    async def opened(tx: Transaction) -> Facts:
        notice = await queries.notice(tx, notice_id)
        facts = (await queries.facts(tx, [notice], settings_of(page).data_url)).get(notice.id)
        if facts is None:
            raise queries.NoSuchNotice
        await record_reading(tx, asking, "letters", why)
        return facts

    facts = await transact(opened)
    return page.show("letter.html", written=letter(facts, page.now), facts=facts, today=page.now)


@router.post("/messages/{notice_id}/fait", dependencies=[own(notice_open), traced(acts.DONE)])
async def done(command: FormCommand, _: Asking, notice_id: NoticeId) -> Response:
    return await command.run(
        lambda tx: calling.done_by_person(tx, notice_id),
        goto=lambda notice: "/courriers" if notice.channel == "letter" else "/appels",
        flash=lambda notice: "Le courrier est noté comme posté." if notice.channel == "letter" else "L'appel est noté.",
    )


@router.get("/messages", dependencies=[own_listed(queries.recent_notices), traced(acts.MESSAGES_READ)])
async def messages(page: Page, transact: Transact, asking: Asking) -> Response:
    async def shown(tx: Transaction) -> Response:
        notices = await queries.recent_notices(tx, asking)
        await record_reading(tx, asking, "messages", mine(notices))
        return page.show("messages.html", notices=notices, person=None, words=wording)

    return await transact(shown)


@router.get("/messages/personnes/{beneficiary_id}", dependencies=[own(messages_open), traced(acts.PERSON_READ)])
async def of_person(
    page: Page, transact: Transact, asking: Asking, why: WhyOpen, beneficiary_id: BeneficiaryId
) -> Response:
    async def shown(tx: Transaction) -> Response:
        if contact := await queries.contact_of(tx, beneficiary_id):
            await record_reading(tx, asking, "person", {beneficiary_id: why})
        notices = [(notice, contact, why) for notice in await queries.notices_of(tx, beneficiary_id)]
        return page.show("messages.html", notices=notices, person=contact, words=wording)

    return await transact(shown)


@router.post(
    "/messages/personnes/{beneficiary_id}/ouvrir",
    dependencies=[shared("la raison est enregistrée et ouvre"), traced(acts.OPENED)],
)
async def open_with_reason(
    command: FormCommand, asking: Asking, beneficiary_id: BeneficiaryId, given: Annotated[Opening, Form()]
) -> Response:
    return await command.run(
        lambda tx: give_reason(tx, asking, beneficiary_id, given.why),
        goto=lambda _: f"/messages/personnes/{beneficiary_id}",
    )
