"""A file: what is known of the person, their sessions, needs and plan, the trace of who followed it. Rule 19."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.responses import Response

from chassis.db import Reading
from chassis.web import FormCommand, Page, Read, own, own_within, traced, traced_first
from contracts.ids import BeneficiaryId
from county.communes import Position, name_of
from services.booking import acts, queries, usecases, wording
from services.booking.access import Me, Policy, in_care
from services.booking.model import Person
from services.booking.web.forms import Finding, HandOver, Needs, position_of

router = APIRouter()


@router.get("/dossiers/{beneficiary_id}", dependencies=[own(in_care), traced_first(acts.FILE_READ)])
async def file(
    page: Page, reading: Read, policy: Policy, beneficiary_id: BeneficiaryId, finding: Annotated[Finding, Query()]
) -> Response:
    person = (await queries.people(reading, [beneficiary_id])).get(beneficiary_id)
    around = position_of(person)
    return page.show(
        "file.html",
        **await what_is_known(reading, beneficiary_id, person),
        **await what_is_planned(reading, beneficiary_id, page.now, around),
        sessions=await queries.upcoming_sessions(reading, page.now, finding.wanted(around)),
        finding=finding,
        now=page.now,
        is_late=lambda booking: booking.is_late(page.now, policy),
        km_to=lambda session: queries.km_to(session, around),
    )


async def what_is_known(reading: Reading, beneficiary_id: BeneficiaryId, person: Person | None) -> dict[str, Any]:
    return {
        "person": person,
        "beneficiary_id": beneficiary_id,
        "wallet": await queries.wallet(reading, beneficiary_id),
        "troubled": await queries.troubled_notices(reading, beneficiary_id),
        "file": await queries.file(reading, beneficiary_id),
        "moves": await queries.file_moves(reading, beneficiary_id),
        "mediators": await queries.mediators(reading),
        "names": await queries.mediators_names(reading),
        "words": wording,
        "name_of": name_of,
    }


async def what_is_planned(
    reading: Reading, beneficiary_id: BeneficiaryId, now: datetime, around: Position | None
) -> dict[str, Any]:
    """Read seats, places in lists, the plan with its next sessions near the person."""
    plan = (await queries.file(reading, beneficiary_id)).plan
    bookings = await queries.bookings_of(reading, beneficiary_id)
    return {
        "bookings": bookings,
        "spent": await queries.spent_on(reading, [booking.id for booking, _ in bookings]),
        "waits": await queries.waits_of(reading, beneficiary_id),
        "trainings": await queries.trainings_by_id(reading, plan),
        "next_sessions": await queries.next_sessions(reading, plan, now, around),
    }


@router.post("/dossiers/{beneficiary_id}/besoins", dependencies=[own(in_care), traced(acts.NEEDS_NOTED)])
async def note_needs(
    command: FormCommand, beneficiary_id: BeneficiaryId, asked: Annotated[Needs, Form()], me: Me
) -> Response:
    return await command.run(
        lambda tx: usecases.note_needs(tx, beneficiary_id, asked.needs, asked.level, by=me),
        goto=lambda _: f"/dossiers/{beneficiary_id}",
        flash=lambda _: "Les besoins et le niveau sont notés.",
    )


@router.post(
    "/dossiers/{beneficiary_id}/transmettre",
    dependencies=[own_within(usecases.hand_over), traced(acts.FILE_HANDED_OVER)],
)
async def hand_over(
    command: FormCommand, beneficiary_id: BeneficiaryId, asked: Annotated[HandOver, Form()], me: Me
) -> Response:
    """The file is no longer mine afterwards: asked again, it is answered as it was."""
    to, reason = asked.to_mediator_id, asked.reason
    return await command.run(
        lambda tx: usecases.hand_over(tx, beneficiary_id, by=me, to=to, reason=reason),
        goto=lambda _: "/mediateur",
        flash=lambda _: "Le dossier est transmis : il attend que l'autre médiateur le reprenne.",
    )


@router.get("/dossiers/{beneficiary_id}/registre", dependencies=[own(in_care), traced_first(acts.LEDGER_READ)])
async def ledger(page: Page, reading: Read, beneficiary_id: BeneficiaryId) -> Response:
    """Show every move of every voucher: its cause, its author."""
    wallet = await queries.wallet(reading, beneficiary_id)
    places = {voucher.id: (voucher.rank, voucher.position) for voucher in wallet.vouchers}
    return page.show(
        "ledger.html",
        person=(await queries.people(reading, [beneficiary_id])).get(beneficiary_id),
        wallet=wallet,
        moves=sorted(
            await queries.ledger(reading, beneficiary_id), key=lambda move: (move.at, places[move.voucher_id])
        ),
        places=places,
        sessions={booking.id: session for booking, session in await queries.bookings_of(reading, beneficiary_id)},
        names=await queries.mediators_names(reading),
        beneficiary_id=beneficiary_id,
        words=wording,
    )
