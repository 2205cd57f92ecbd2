"""The desks: a mediator's sessions, an administrator's places and labels."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.web import FormCommand, Page, Principal, Read, Transact, allowed
from contracts.ids import SessionId, SpaceId
from services.catalogue import queries, usecases, wording
from services.catalogue.model import LabelForm, SessionForm
from services.catalogue.standards import read_places

router = APIRouter(include_in_schema=False)

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


class Reason(BaseModel):
    reason: str = Field(min_length=3, max_length=200)


class Change(SessionForm):
    reason: str = Field("", max_length=200)


@router.get("/seances")
async def sessions(page: Page, reading: Read, who: Staff) -> Response:
    mine = None if "administrator" in who.roles else who.mediator_id
    return page.show("sessions.html", sessions=await queries.upcoming_sessions(reading, page.now, mediator_id=mine))


@router.get("/seances/nouvelle")
async def new_session(page: Page, reading: Read, who: Staff) -> Response:
    return page.show("session_new.html", choices=await _choices(page, reading), me=who.mediator_id)


@router.post("/seances")
async def put_on(command: FormCommand, form: Annotated[SessionForm, Form()], _: Staff) -> Response:
    return await command.once(
        lambda tx: usecases.put_on_session(tx, form), goto=lambda session: f"/seances/{session.id}"
    )


@router.get("/seances/{session_id}")
async def session(page: Page, reading: Read, _: Staff, session_id: SessionId) -> Response:
    found = await queries.session(reading, session_id)
    return page.show("session.html", session=found, now=page.now, choices=await _choices(page, reading))


@router.post("/seances/{session_id}")
async def change(
    page: Page, transact: Transact, session_id: SessionId, form: Annotated[Change, Form()], _: Staff
) -> Response:
    await transact(lambda tx: usecases.change_session(tx, session_id, form, form.reason))
    return page.redirect(
        f"/seances/{session_id}", said="La séance est changée. Les personnes inscrites sont prévenues."
    )


@router.post("/seances/{session_id}/annuler")
async def cancel(
    page: Page, transact: Transact, session_id: SessionId, form: Annotated[Reason, Form()], _: Staff
) -> Response:
    await transact(lambda tx: usecases.cancel_session(tx, session_id, form.reason))
    return page.redirect("/seances", said="La séance est annulée. Les chèques sont rendus, les personnes prévenues.")


@router.post("/espaces/{space_id}/label")
async def label(
    page: Page, transact: Transact, space_id: SpaceId, form: Annotated[LabelForm, Form()], _: Administrator
) -> Response:
    space = await transact(lambda tx: usecases.label_space(tx, space_id, form))
    return page.redirect("/espaces", said=f"{space.name} a son label.")


@router.get("/import")
async def import_form(page: Page, _: Administrator) -> Response:
    return page.show("import.html", done=None, trial=True, words=wording)


@router.post("/import")
async def import_places(
    page: Page,
    transact: Transact,
    _: Administrator,
    file: Annotated[UploadFile, File()],
    trial: Annotated[str, Form()] = "",
) -> Response:
    reading = read_places(await file.read())
    done = await transact(lambda tx: usecases.import_places(tx, reading, trial=bool(trial)))
    return page.show("import.html", done=done, trial=bool(trial), words=wording)


async def _choices(page: Page, reading: Read) -> dict[str, object]:
    return {
        "trainings": await queries.trainings(reading),
        "spaces": await queries.spaces(reading, labelled_on=page.now),
        "mediators": await queries.mediators(reading),
    }
