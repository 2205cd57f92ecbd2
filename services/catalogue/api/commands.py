"""What professionals change by the API; places come as a file in the national standard."""

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Transact, own_within, takes_file
from contracts.ids import MediatorId, SessionId, SpaceId
from services.catalogue import usecases
from services.catalogue.access import Administrator, By, MaybeChanged, WhyCancelled
from services.catalogue.api.views import ImportView, SessionView, TrainingView
from services.catalogue.model import LabelForm, MediatorForm, SessionForm
from services.catalogue.model.refusals import OtherCode
from services.catalogue.trainings import TrainingText

router = APIRouter()

TEXT = {"schema": {"type": "string", "format": "binary"}}
FILE = {"content": {"text/csv": TEXT, "application/json": TEXT}, "required": True}


class Cancelling(BaseModel):
    reason: WhyCancelled


class ChangedSession(SessionForm):
    reason: MaybeChanged = ""


@router.post("/places", openapi_extra={"requestBody": FILE})
@takes_file
async def import_places(
    request: Request, transact: Transact, _: Administrator, *, trial: bool = False, whole: str = ""
) -> ImportView:
    """The body is the file itself: CSV v1.0 or JSON v0.1, told apart by its content. `whole` names a complete list."""
    reading = await usecases.read_file(await request.body())
    done = await transact(lambda tx: usecases.import_places(tx, reading, trial=trial, list_name=whole))
    return ImportView.model_validate(done, from_attributes=True)


@router.put("/trainings/{code}")
async def write_training(transact: Transact, code: str, text: TrainingText, who: Administrator) -> TrainingView:
    """Publish, change, or publish again what was withdrawn. The code is that of the text."""
    if text.code != code.upper():
        raise OtherCode
    return TrainingView.of(await transact(lambda tx: usecases.write_training(tx, text, who.name)))


@router.post("/trainings/{code}/withdraw", response_model=TrainingView)
async def withdraw_training(command: Command, code: str, who: Administrator) -> Response:
    return await command.once(lambda tx: usecases.withdraw_training(tx, code, who.name), TrainingView.of, 200)


@router.post("/spaces/{space_id}/labels", status_code=204)
async def label(command: Command, space_id: SpaceId, form: LabelForm, _: Administrator) -> Response:
    return await command.done(lambda tx: usecases.label_space(tx, space_id, form))


@router.put("/mediators/{mediator_id}", status_code=204)
async def keep_mediator(transact: Transact, mediator_id: MediatorId, form: MediatorForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.keep_mediator(tx, mediator_id, form))


@router.post(
    "/sessions", status_code=201, response_model=SessionView, dependencies=[own_within(usecases.put_on_session)]
)
async def put_on(command: Command, form: SessionForm, by: By) -> Response:
    return await command.once(lambda tx: usecases.put_on_session(tx, form, by), SessionView.of)


@router.put("/sessions/{session_id}", dependencies=[own_within(usecases.change_session)])
async def change(transact: Transact, session_id: SessionId, form: ChangedSession, by: By) -> SessionView:
    return SessionView.of(await transact(lambda tx: usecases.change_session(tx, session_id, form, form.reason, by)))


@router.post(
    "/sessions/{session_id}/cancel", response_model=SessionView, dependencies=[own_within(usecases.cancel_session)]
)
async def cancel(command: Command, session_id: SessionId, asked: Cancelling, by: By) -> Response:
    return await command.once(lambda tx: usecases.cancel_session(tx, session_id, asked.reason, by), SessionView.of, 200)
