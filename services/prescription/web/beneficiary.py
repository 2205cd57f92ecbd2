"""One person, for three minutes at a counter: what they have, what comes next, what may be prescribed."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.web import FormCommand, Page, Transact, allowed, own, own_within, shared, traced
from chassis.web.page import Pages
from contracts.ids import BeneficiaryId
from contracts.words import Need
from county.communes import name_of
from county.reasons import Reason
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Asking, Fresh, Prescribing, Since, opened
from services.prescription.model import Beneficiary, Book, ErasureAwaited, why_no_book, why_not_cancelled
from services.prescription.model.names import odd_age
from services.prescription.web.forms import labelled_router

router = labelled_router()

NEED_OF = {"farmer": "farm", "job_seeker": "work"}


class Prescription(BaseModel):
    need: Need


class Opening(BaseModel):
    why: Reason


class Visit:
    """Who looks, since when a reason holds, how fresh the news is."""

    def __init__(self, asking: Asking, since: Since, news: Fresh) -> None:
        self.agent, self.since, self.news = asking, since, news


@router.get("/habitants/{beneficiary_id}", dependencies=[own_within(usecases.open_record), traced(acts.RECORD_READ)])
async def person(
    page: Page, transact: Transact, asked: Annotated[Visit, Depends()], beneficiary_id: BeneficiaryId
) -> Response:
    async def looked_at(tx: Transaction) -> Response:
        person = await usecases.open_record(tx, beneficiary_id, asked.agent, "page", since=asked.since)
        return await record(page, tx, person, asked)

    return await transact(looked_at)


async def record(page: Pages, tx: Transaction, person: Beneficiary, visit: Visit) -> Response:
    """Shows the page; under an id that was merged, the survivor's."""
    books, news, agent = await queries.books_of(tx, person.id), visit.news, visit.agent
    leaving = await queries.pending_request(tx, person.id)
    return page.show(
        "beneficiary.html",
        person=person,
        odd_age=odd_age(person.birth_date, page.now.astimezone(PARIS).date()),
        prescribes=agent.kind == "prescriber",
        books=books,
        counted=[book for book in books if book.state != "cancelled"],
        leaving=leaving,
        refused=ErasureAwaited(leaving.due_at) if leaving else why_no_book(person, books, news),
        cancellable={book.id for book in books if why_not_cancelled(book, news) is None},
        need=usual_need(person, books),
        next=await queries.next_booking(tx, person.id, page.now),
        troubled=await queries.troubled_notices(tx, person.id),
        centre=await queries.centre(tx, person.preferred_centre_id or person.centre_id),
        news=news,
        words=wording,
        name_of=name_of,
    )


def usual_need(person: Beneficiary, books: Sequence[Book]) -> str:
    """Proposes what was needed last, or what people of this audience mostly need."""
    if books:
        return books[-1].need
    return next((NEED_OF[audience] for audience in person.audiences if audience in NEED_OF), "administrative")


@router.post(
    "/habitants/{beneficiary_id}/ouvrir",
    dependencies=[shared("la raison est enregistrée et ouvre"), traced(acts.OPENED)],
)
async def open_with_reason(
    command: FormCommand, asking: Asking, beneficiary_id: BeneficiaryId, given: Annotated[Opening, Form()]
) -> Response:
    return await command.run(
        lambda tx: usecases.give_reason(tx, beneficiary_id, asking, given.why),
        goto=lambda _: f"/habitants/{beneficiary_id}",
    )


@router.post(
    "/habitants/{beneficiary_id}/chequiers",
    dependencies=[Depends(allowed("prescriber")), own(opened), traced(acts.PRESCRIBED)],
)
async def prescribe(
    command: FormCommand,
    asked: Annotated[Prescription, Form()],
    given: Annotated[Prescribing, Depends()],
    beneficiary_id: BeneficiaryId,
) -> Response:
    wish = usecases.Wish(asked.need, given.validity)
    return await command.run(
        lambda tx: usecases.prescribe(tx, beneficiary_id, wish, by=given.by, news=given.news),
        goto=lambda _: f"/habitants/{beneficiary_id}",
    )
