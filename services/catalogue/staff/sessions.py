"""Sessions, one or many: put on, changed with a reason, cancelled."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Question
from chassis.clock import PARIS
from chassis.plain import is_called
from chassis.web import FormCommand, Page, Read, own_listed, own_within, shared, traced
from contracts.ids import SessionId
from county.communes import name_of
from services.catalogue import acts, queries, usecases, wording
from services.catalogue.access import By, Staff, WhyCancelled, WhyChanged
from services.catalogue.model import SeriesForm, Session, SessionForm

router = APIRouter()

ANNOUNCED = "une séance est annoncée à tous"


class Cancelling(BaseModel):
    reason: WhyCancelled


class Change(SessionForm):
    reason: WhyChanged


@router.get("/seances", dependencies=[own_listed(queries.upcoming_sessions)])
async def sessions(page: Page, reading: Read, who: Staff, q: Question = "") -> Response:
    """List what is to come; of the words asked for, what is called so, is held there or in that commune."""
    mine = None if "administrator" in who.roles else who.mediator_id
    sessions = await queries.upcoming_sessions(reading, page.now, mediator_id=mine)
    left = await queries.sessions_left_behind(reading, page.now, mediator_id=mine)
    called = [session for session in sessions if is_called(title_and_place(session), q)]
    return page.show("sessions.html", sessions=called, left=len(left), me=who.mediator_id, q=q)


def title_and_place(session: Session) -> str:
    commune = name_of(session.space.commune_insee) if session.space.commune_insee else ""
    return f"{session.training.title} {session.space.name} {commune}"


@router.get("/seances/a-reprendre", dependencies=[own_listed(queries.sessions_left_behind)])
async def left_behind(page: Page, reading: Read, who: Staff) -> Response:
    mine = None if "administrator" in who.roles else who.mediator_id
    left = await queries.sessions_left_behind(reading, page.now, mediator_id=mine)
    return await page.show_long("sessions_left.html", sessions=left)


@router.get("/seances/nouvelle", dependencies=[shared("un formulaire vide")])
async def new_session(page: Page, reading: Read, who: Staff) -> Response:
    return await page.show_long("session_new.html", choices=await choices(page, reading), me=who.mediator_id)


@router.post("/seances", dependencies=[own_within(usecases.put_on_session), traced(acts.SESSION_PUT_ON)])
async def put_on(command: FormCommand, form: Annotated[SessionForm, Form()], by: By) -> Response:
    return await command.run(
        lambda tx: usecases.put_on_session(tx, form, by), goto=lambda session: f"/seances/{session.id}"
    )


@router.get("/seances/serie", dependencies=[shared("un formulaire vide")])
async def new_series(page: Page, reading: Read, who: Staff) -> Response:
    return await page.show_long("series_new.html", choices=await choices(page, reading), me=who.mediator_id)


@router.post("/seances/serie", dependencies=[own_within(usecases.put_on_series), traced(acts.SERIES_PUT_ON)])
async def put_on_series(command: FormCommand, form: Annotated[SeriesForm, Form()], by: By) -> Response:
    return await command.run(
        lambda tx: usecases.put_on_series(tx, form, by), goto=lambda series: f"/seances/series/{series.id}"
    )


@router.get("/seances/series/{series_id}", dependencies=[shared(ANNOUNCED)])
async def series(page: Page, reading: Read, _: Staff, series_id: UUID) -> Response:
    series = await queries.series(reading, series_id)
    made = await queries.sessions_by_id(reading, series.session_ids)
    days = {left_out["day"]: date.fromisoformat(left_out["day"]) for left_out in series.left_out}
    return page.show("series.html", series=series, sessions=made, days=days)


@router.get("/seances/{session_id}", dependencies=[shared(ANNOUNCED)])
async def session(page: Page, reading: Read, by: By, session_id: SessionId) -> Response:
    """Show a session and who changed it; whoever may not change it is offered no form."""
    session = await queries.session(reading, session_id)
    sold = await queries.version(reading, session.training, session.training_version)
    offered = await choices(page, reading)
    for name, mine in (("trainings", session.training), ("spaces", session.space), ("mediators", session.mediator)):
        offered[name] = [mine, *(part for part in offered[name] if part.id != mine.id)]
    changes = await queries.session_changes(reading, session_id)
    shown: dict[str, Any] = {"sold": sold, "changes": changes, "mine": by.may_change(session), "choices": offered}
    return await page.show_long("session.html", session=session, now=page.now, words=wording, **shown)


@router.post("/seances/{session_id}", dependencies=[own_within(usecases.change_session), traced(acts.SESSION_CHANGED)])
async def change(command: FormCommand, session_id: SessionId, form: Annotated[Change, Form()], by: By) -> Response:
    return await command.run(
        lambda tx: usecases.change_session(tx, session_id, form, form.reason, by),
        goto=lambda _: f"/seances/{session_id}",
        flash=lambda _: "La séance est changée. Les personnes inscrites sont prévenues.",
    )


@router.post(
    "/seances/{session_id}/annuler",
    dependencies=[own_within(usecases.cancel_session), traced(acts.SESSION_CANCELLED)],
)
async def cancel(command: FormCommand, session_id: SessionId, form: Annotated[Cancelling, Form()], by: By) -> Response:
    return await command.run(
        lambda tx: usecases.cancel_session(tx, session_id, form.reason, by),
        goto=lambda _: "/seances",
        flash=lambda _: "La séance est annulée. Les chèques sont rendus, les personnes prévenues.",
    )


async def choices(page: Page, reading: Read) -> dict[str, Sequence[Any]]:
    """List what a session may be put together from, today or later."""
    today = page.now.astimezone(PARIS).date()
    return {
        "trainings": await queries.trainings(reading),
        "spaces": await queries.spaces(reading, labelled_from=today),
        "mediators": await queries.mediators(reading, today),
    }
