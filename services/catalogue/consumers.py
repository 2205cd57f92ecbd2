"""What catalogue consumes: centres, for the public; who is erased; how many seats are taken."""

from collections.abc import Sequence

from chassis import telemetry
from chassis.db import Transaction
from contracts.booking import SessionFilled
from contracts.prescription import BeneficiaryErased, CentreChanged, CentreClosed, CentreOpened, CopyRequested
from services.catalogue import queries, usecases

FromPrescription = CentreOpened | CentreChanged | CentreClosed | BeneficiaryErased
"""Catalogue knows no beneficiary."""
FromBooking = SessionFilled
"""What happens to a seat is in it."""


async def on_prescription(tx: Transaction, events: Sequence[FromPrescription]) -> None:
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CentreOpened() | CentreChanged() | CentreClosed():
                await queries.upsert_centre(tx, event)
            case BeneficiaryErased():
                await usecases.erase_beneficiary(tx, event)


async def on_booking(tx: Transaction, events: Sequence[FromBooking]) -> None:
    sessions = await queries.sessions_for_update(tx, {event.session_id for event in events})
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case SessionFilled():
                usecases.record_seats(tx, sessions.get(event.session_id), event)


async def on_copies(tx: Transaction, events: Sequence[CopyRequested]) -> None:
    """Answer on a topic of its own: were one to fail, nothing else of the person would wait behind it."""
    for event in events:
        telemetry.set_correlation(event.correlation_id)
        match event:
            case CopyRequested():
                await usecases.answer_copy(tx, event)
