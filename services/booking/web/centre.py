"""What a centre sees of the people it follows: the sessions to come, and how to give a seat back. Rule 16."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from chassis.web import Page, Read, allowed, own, own_listed, traced_first
from contracts.ids import BeneficiaryId
from services.booking import acts, queries, wording
from services.booking.access import Policy, Prescriber, of_my_centre

router = APIRouter()


@router.get(
    "/centre",
    dependencies=[
        Depends(allowed("prescriber")),
        own_listed(queries.coming_of_centre),
        traced_first(acts.CENTRE_READ),
    ],
)
async def centre(page: Page, reading: Read, who: Prescriber) -> Response:
    coming = await queries.coming_of_centre(reading, who.centre_id, page.now) if who.centre_id else []
    return page.show("centre.html", coming=coming)


@router.get("/centre/personnes/{beneficiary_id}", dependencies=[own(of_my_centre), traced_first(acts.PERSON_READ)])
async def person(page: Page, reading: Read, policy: Policy, beneficiary_id: BeneficiaryId) -> Response:
    file = (await queries.files_of(reading, [beneficiary_id])).get(beneficiary_id)
    return page.show(
        "centre_person.html",
        person=(await queries.people(reading, [beneficiary_id]))[beneficiary_id],
        wallet=await queries.wallet(reading, beneficiary_id),
        bookings=await queries.bookings_of(reading, beneficiary_id),
        waits=await queries.waits_of(reading, beneficiary_id),
        file=file,
        mediator=await queries.mediator_or_none(reading, file.mediator_id) if file and file.mediator_id else None,
        now=page.now,
        is_late=lambda booking: booking.is_late(page.now, policy),
        words=wording,
    )
