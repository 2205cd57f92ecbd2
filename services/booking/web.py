"""The mediator's desk: files to take over, people who wait, sessions to book, attendance to mark."""

from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.communes import name_of
from chassis.web import FormCommand, Page, Read, Transact
from contracts.ids import BeneficiaryId, BookingId, SessionId
from services.booking import queries, usecases, wording
from services.booking.access import Changing, Me, Mediator, MyBooking, MyPerson, MySession, Seats

router = APIRouter(include_in_schema=False)


class Chosen(BaseModel):
    session_id: SessionId


class Attendance(BaseModel):
    attended: bool
    reason: str = ""


class Cancellation(BaseModel):
    reason: str = "à la demande de la personne"


@router.get("/")
async def desk(page: Page, reading: Read, me: Me) -> Response:
    now = page.now
    return page.show(
        "desk.html",
        proposed=await queries.proposed_files(reading),
        people=await queries.people_in_care(reading, me),
        sessions=await queries.sessions_of_day(reading, await queries.mediator(reading, me), now),
        me=me,
        now=now,
        name_of=name_of,
    )


@router.post("/dossiers/{beneficiary_id}/reprendre")
async def accept(page: Page, transact: Transact, beneficiary_id: BeneficiaryId, me: Me) -> Response:
    await transact(lambda tx: usecases.accept_file(tx, beneficiary_id, by=me))
    return page.redirect(
        f"/dossiers/{beneficiary_id}", said="Vous suivez ce dossier. Fixez maintenant une première heure."
    )


@router.get("/dossiers/{beneficiary_id}")
async def file(page: Page, reading: Read, beneficiary_id: MyPerson, q: str = "") -> Response:
    people = await queries.people(reading, [beneficiary_id])
    now = page.now
    return page.show(
        "file.html",
        person=people.get(beneficiary_id),
        beneficiary_id=beneficiary_id,
        wallet=await queries.wallet(reading, beneficiary_id),
        bookings=await queries.bookings_of(reading, beneficiary_id),
        sessions=await queries.upcoming_sessions(reading, now, queries.Wanted(q)),
        troubled=await queries.troubled_notices(reading, beneficiary_id),
        q=q,
        now=now,
        words=wording,
        name_of=name_of,
    )


@router.post("/dossiers/{beneficiary_id}/reservations")
async def book(
    command: FormCommand, seats: Seats, who: Mediator, beneficiary_id: MyPerson, chosen: Annotated[Chosen, Form()]
) -> Response:
    request = usecases.Request(chosen.session_id, beneficiary_id, who.acting_as("mediator"), who.mediator_id)
    return await command.once_in(seats, request, goto=lambda _: f"/dossiers/{beneficiary_id}")


@router.post("/dossiers/{beneficiary_id}/attente")
async def wait(command: FormCommand, beneficiary_id: MyPerson, chosen: Annotated[Chosen, Form()]) -> Response:
    return await command.once(
        lambda tx: usecases.join_waiting_list(tx, chosen.session_id, beneficiary_id),
        goto=lambda _: f"/dossiers/{beneficiary_id}",
    )


@router.post("/reservations/{booking_id}/annuler")
async def cancel(
    transact: Transact, page: Page, by: Changing, booking_id: BookingId, form: Annotated[Cancellation, Form()]
) -> Response:
    terms = page.request.app.state.settings.terms
    done = await transact(lambda tx: usecases.cancel(tx, booking_id, by=by, reason=form.reason, terms=terms))
    return page.redirect(f"/dossiers/{done.beneficiary_id}", said="La réservation est annulée.")


@router.get("/dossiers/{beneficiary_id}/registre")
async def ledger(page: Page, reading: Read, beneficiary_id: MyPerson) -> Response:
    people = await queries.people(reading, [beneficiary_id])
    return page.show(
        "ledger.html",
        person=people.get(beneficiary_id),
        wallet=await queries.wallet(reading, beneficiary_id),
        ledger=await queries.ledger(reading, beneficiary_id),
        beneficiary_id=beneficiary_id,
        words=wording,
    )


@router.get("/seances/{session_id}")
async def sheet(page: Page, reading: Read, session_id: MySession) -> Response:
    bookings = await queries.bookings_in(reading, session_id, "confirmed", "attended", "missed")
    waiting = await queries.waiting_of(reading, session_id)
    ids = [one.person for one in bookings if one.beneficiary_id] + [one.beneficiary_id for one in waiting]
    session = await queries.session(reading, session_id)
    people = await queries.people(reading, ids)
    return page.show("sheet.html", session=session, bookings=bookings, waiting=waiting, people=people, words=wording)


@router.post("/reservations/{booking_id}/presence")
async def mark(
    transact: Transact, page: Page, who: Mediator, booking_id: MyBooking, form: Annotated[Attendance, Form()]
) -> Response:
    terms = page.request.app.state.settings.terms
    seen = usecases.Mark(form.attended, who.acting_as("mediator"), form.reason)
    marked = await transact(lambda tx: usecases.mark(tx, booking_id, seen, terms=terms))
    said = "Présence notée." if form.attended else "Absence notée."
    return page.redirect(f"/seances/{marked.session_id}", said=said)
