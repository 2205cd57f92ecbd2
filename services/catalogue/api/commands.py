"""What professionals change by the API; places come as a file in the national standard."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Transact, own_within, takes_file, traced
from contracts.ids import MediatorId, SessionId, SpaceId
from services.catalogue import acts, usecases
from services.catalogue.access import Administrator, By, MaybeChanged, WhyCancelled
from services.catalogue.api.views import ImportView, SessionView, TrainingView
from services.catalogue.model import LabelForm, MediatorForm, SessionForm
from services.catalogue.model.place_import import HowToImport, SameOrNot
from services.catalogue.model.refusals import OtherCode
from services.catalogue.trainings import TrainingText

router = APIRouter()

TEXT = {"schema": {"type": "string", "format": "binary"}}
FILE = {"content": {"text/csv": TEXT, "application/json": TEXT}, "required": True}


class Cancelling(BaseModel):
    reason: WhyCancelled


class ChangedSession(SessionForm):
    reason: MaybeChanged = ""


@router.post("/places", openapi_extra={"requestBody": FILE}, dependencies=[traced(acts.PLACES_IMPORTED)])
@takes_file
async def import_places(
    request: Request, transact: Transact, _: Administrator, how: Annotated[HowToImport, Query()]
) -> ImportView:
    """Import the file that is the body: CSV v1.0 or JSON v0.1, recognised by its content.

    `whole` names a complete list; `elsewhere` takes places outside of the Drôme too.
    """
    places = await usecases.read_and_compare(transact.database, await request.body(), elsewhere=how.elsewhere)
    import_id, done = await transact(lambda tx: usecases.import_file(tx, places, trial=how.trial, list_name=how.whole))
    return ImportView.of(import_id, done)


@router.post("/places/doubles", status_code=204, dependencies=[traced(acts.DOUBLE_ANSWERED)])
async def answer_double(command: Command, form: SameOrNot, _: Administrator) -> Response:
    """Answer whether two places are the same; if so, that of `stays` stays."""
    return await command.done(lambda tx: usecases.answer_double(tx, form.stays, form.other, same=form.same))


@router.put("/trainings/{code}", dependencies=[traced(acts.TRAINING_WRITTEN)])
async def write_training(transact: Transact, code: str, text: TrainingText, who: Administrator) -> TrainingView:
    """Publish, change, or publish again what was withdrawn. The code is that of the text."""
    if text.code != code.upper():
        raise OtherCode
    return TrainingView.of(await transact(lambda tx: usecases.write_training(tx, text, who.name)))


@router.post("/trainings/{code}/withdraw", response_model=TrainingView, dependencies=[traced(acts.TRAINING_WITHDRAWN)])
async def withdraw_training(command: Command, code: str, who: Administrator) -> Response:
    return await command.run(lambda tx: usecases.withdraw_training(tx, code, who.name), TrainingView.of, 200)


@router.post("/spaces/{space_id}/labels", status_code=204, dependencies=[traced(acts.LABEL_GIVEN)])
async def label(command: Command, space_id: SpaceId, form: LabelForm, _: Administrator) -> Response:
    return await command.done(lambda tx: usecases.label_space(tx, space_id, form))


@router.put("/mediators/{mediator_id}", status_code=204, dependencies=[traced(acts.MEDIATOR_WRITTEN)])
async def upsert_mediator(transact: Transact, mediator_id: MediatorId, form: MediatorForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.upsert_mediator(tx, mediator_id, form))


@router.post(
    "/sessions",
    status_code=201,
    response_model=SessionView,
    dependencies=[own_within(usecases.put_on_session), traced(acts.SESSION_PUT_ON)],
)
async def put_on(command: Command, form: SessionForm, by: By) -> Response:
    return await command.run(lambda tx: usecases.put_on_session(tx, form, by), SessionView.of)


@router.put("/sessions/{session_id}", dependencies=[own_within(usecases.change_session), traced(acts.SESSION_CHANGED)])
async def change(transact: Transact, session_id: SessionId, form: ChangedSession, by: By) -> SessionView:
    return SessionView.of(await transact(lambda tx: usecases.change_session(tx, session_id, form, form.reason, by)))


@router.post(
    "/sessions/{session_id}/cancel",
    response_model=SessionView,
    dependencies=[own_within(usecases.cancel_session), traced(acts.SESSION_CANCELLED)],
)
async def cancel(command: Command, session_id: SessionId, asked: Cancelling, by: By) -> Response:
    return await command.run(lambda tx: usecases.cancel_session(tx, session_id, asked.reason, by), SessionView.of, 200)
