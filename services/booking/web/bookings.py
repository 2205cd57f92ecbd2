"""A seat or a place in a list for one person, and giving them back. Rules 14, 16 and 18."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from chassis.web import FormCommand, own, traced
from contracts.ids import BeneficiaryId, BookingId
from services.booking import acts, usecases
from services.booking.access import Changing, Mediator, Policy, Seats, in_care, may_change
from services.booking.web.forms import Back, Cancellation, Chosen

router = APIRouter()


@router.post("/dossiers/{beneficiary_id}/reservations", dependencies=[own(in_care), traced(acts.BOOKED)])
async def book(
    command: FormCommand, seats: Seats, who: Mediator, beneficiary_id: BeneficiaryId, chosen: Annotated[Chosen, Form()]
) -> Response:
    request = usecases.Request(chosen.session_id, beneficiary_id, who.acting_as("mediator"), who.mediator_id)
    return await command.run_in(seats, request, goto=lambda _: f"/dossiers/{beneficiary_id}")


@router.post("/dossiers/{beneficiary_id}/attente", dependencies=[own(in_care), traced(acts.WAITS)])
async def wait(command: FormCommand, beneficiary_id: BeneficiaryId, chosen: Annotated[Chosen, Form()]) -> Response:
    return await command.run(
        lambda tx: usecases.join_waiting_list(tx, chosen.session_id, beneficiary_id),
        goto=lambda _: f"/dossiers/{beneficiary_id}",
    )


@router.post("/dossiers/{beneficiary_id}/attente/quitter", dependencies=[own(in_care), traced(acts.LEFT)])
async def leave(
    command: FormCommand, policy: Policy, beneficiary_id: BeneficiaryId, chosen: Annotated[Chosen, Form()]
) -> Response:
    return await command.run(
        lambda tx: usecases.leave_waiting_list(tx, chosen.session_id, beneficiary_id, policy=policy),
        goto=lambda _: f"/dossiers/{beneficiary_id}",
        flash=lambda _: "La personne n'est plus en liste d'attente.",
    )


@router.post("/reservations/{booking_id}/annuler", dependencies=[own(may_change), traced(acts.CANCELLED)])
async def cancel(
    command: FormCommand, policy: Policy, by: Changing, booking_id: BookingId, form: Annotated[Cancellation, Form()]
) -> Response:
    """Cancel for the person's mediator, the session's, or the person's centre."""
    return await command.run(
        lambda tx: usecases.cancel(tx, booking_id, by=by, reason=form.reason, policy=policy),
        goto=form.to,
        flash=lambda done: "La réservation est annulée." + (" Elle compte comme une absence." if done.late_at else ""),
    )


@router.post("/reservations/{booking_id}/accepter", dependencies=[own(may_change), traced(acts.OFFER_ACCEPTED)])
async def accept(command: FormCommand, by: Changing, booking_id: BookingId, form: Annotated[Back, Form()]) -> Response:
    """Someone without a mobile was called and said yes."""
    return await command.run(
        lambda tx: usecases.accept_offer(tx, booking_id, by=by),
        goto=form.to,
        flash=lambda _: "La place est réservée.",
    )


@router.post("/reservations/{booking_id}/refuser", dependencies=[own(may_change), traced(acts.OFFER_DECLINED)])
async def decline(
    command: FormCommand, policy: Policy, _: Changing, booking_id: BookingId, form: Annotated[Back, Form()]
) -> Response:
    return await command.run(
        lambda tx: usecases.decline_offer(tx, booking_id, policy=policy),
        goto=form.to,
        flash=lambda _: "La place est proposée à la personne suivante.",
    )
