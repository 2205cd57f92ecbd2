"""A session's attendance sheet: on the screen, on paper, and mended afterwards. Rules 17, 18 and 26."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from chassis import french
from chassis.db import Reading
from chassis.printed import pdf
from chassis.web import FormCommand, Page, Read, own, traced, traced_first
from contracts.ids import BookingId, SessionId
from services.booking import acts, queries, usecases, wording
from services.booking.access import Mediator, Policy, in_mine, of_mine, of_my_care
from services.booking.model import Booking, Session, WaitingPerson
from services.booking.web.forms import Attendance, Correction

router = APIRouter()

SHEET = Path(__file__).parent.parent / "templates" / "sheet.typ"
SEATED = ("confirmed", "attended", "missed")


@router.get("/emargement/{session_id}", dependencies=[own(of_mine), traced_first(acts.SHEET_READ)])
async def sheet(page: Page, reading: Read, policy: Policy, session_id: SessionId) -> Response:
    bookings = await queries.bookings_in(reading, session_id, *SEATED)
    offers = await queries.bookings_in(reading, session_id, "offered")
    waiting = await queries.waiting_of(reading, session_id)
    return await page.show_long(
        "sheet.html",
        session=await queries.session(reading, session_id),
        bookings=bookings,
        offers=offers,
        waiting=waiting,
        spent=await queries.spent_on(reading, [booking.id for booking in bookings]),
        names=await names_of(reading, [*bookings, *offers, *waiting]),
        now=page.now,
        is_late=lambda booking: booking.is_late(page.now, policy),
        words=wording,
    )


@router.get("/emargement/{session_id}/feuille.pdf", dependencies=[own(of_mine), traced_first(acts.SHEET_PRINTED)])
async def printed(reading: Read, session_id: SessionId) -> Response:
    made = await pdf(SHEET, await on_paper(reading, session_id))
    return Response(made, media_type="application/pdf", headers={"Content-Disposition": "inline; filename=feuille.pdf"})


async def on_paper(reading: Reading, session_id: SessionId) -> dict[str, Any]:
    """List first names and initials, in their order; nothing else of anybody."""
    session = await queries.session(reading, session_id)
    bookings = await queries.bookings_in(reading, session_id, *SEATED)
    names = await names_of(reading, bookings)
    return {"names": sorted(names[booking.beneficiary_id] for booking in bookings), **await heading(reading, session)}


async def names_of(reading: Reading, seats: Sequence[Booking | WaitingPerson]) -> Mapping[UUID | None, str]:
    """Name them as a sheet shows them; who has no file any more was erased, or has been forgotten since."""
    ids = [seat.beneficiary_id for seat in seats if seat.beneficiary_id]
    people, files = await queries.people(reading, ids), await queries.files_of(reading, ids)
    names: dict[UUID | None, str] = dict.fromkeys([None, *ids], "Personne effacée")
    names.update({id_: people[id_].name if id_ in people else "Nom pas encore reçu" for id_ in files})
    return names


async def heading(reading: Reading, session: Session) -> dict[str, Any]:
    mediator, where = await queries.mediator_or_none(reading, session.mediator_id), session.where
    return {
        "title": session.training_title,
        "when": f"{french.moment(session.starts_at)}, jusqu'à {french.hour(session.ends_at)}",
        "where": ", ".join(filter(None, (where.name, where.room, where.address, where.commune))),
        "mediator": mediator.name if mediator else "",
        "price": french.counted(session.price, "chèque"),
    }


@router.post("/reservations/{booking_id}/presence", dependencies=[own(in_mine), traced(acts.MARKED)])
async def mark(
    command: FormCommand, policy: Policy, who: Mediator, booking_id: BookingId, form: Annotated[Attendance, Form()]
) -> Response:
    seen = usecases.Mark(form.attended, who.acting_as("mediator"), form.reason)
    return await command.run(
        lambda tx: usecases.mark(tx, booking_id, seen, policy=policy),
        goto=lambda marked: f"/emargement/{marked.session_id}",
        flash=lambda _: "Présence notée." if form.attended else "Absence notée.",
    )


@router.post("/emargement/{session_id}/tous-presents", dependencies=[own(of_mine), traced(acts.EVERYONE_MARKED)])
async def mark_everyone(command: FormCommand, who: Mediator, session_id: SessionId) -> Response:
    return await command.run(
        lambda tx: usecases.mark_everyone(tx, session_id, by=who.acting_as("mediator")),
        goto=lambda _: f"/emargement/{session_id}",
        flash=lambda count: french.counted(count, "présence notée.", "présences notées."),
    )


@router.post("/reservations/{booking_id}/rendre", dependencies=[own(of_my_care), traced(acts.GIVEN_BACK)])
async def give_back(
    command: FormCommand, who: Mediator, booking_id: BookingId, form: Annotated[Correction, Form()]
) -> Response:
    """Give hours back, from the sheet or from the person's file."""
    return await command.run(
        lambda tx: usecases.give_back(tx, booking_id, by=who.acting_as("mediator"), reason=form.reason),
        goto=form.to,
        flash=lambda _: "Les chèques sont rendus.",
    )
