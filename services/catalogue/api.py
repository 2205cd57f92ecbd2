"""The same as JSON; places also in the national standard's own CSV."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import Command, Principal, Read, Transact, allowed, anybody
from contracts.catalogue import Place
from contracts.ids import MediatorId, SessionId, SpaceId, TrainingId
from services.catalogue import queries, usecases
from services.catalogue.model import LabelForm, MediatorForm, Session, SessionForm
from services.catalogue.standards import places_to_csv, read_places
from services.catalogue.trainings import TrainingText

router = APIRouter(prefix="/api", tags=["catalogue"])

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]
public = [Depends(anybody)]


class TrainingView(TrainingText):
    id: TrainingId


class SpaceView(BaseModel):
    id: SpaceId
    source_id: str
    name: str
    where: Place
    seats: int
    labelled: bool


class SessionView(BaseModel):
    id: SessionId
    state: str
    training_code: str
    training_title: str
    place: Place
    mediator_id: MediatorId
    starts_at: datetime
    ends_at: datetime
    capacity: int
    taken: int

    @classmethod
    def of(cls, session: Session) -> Self:
        names = ("id", "state", "mediator_id", "starts_at", "ends_at", "capacity", "taken")
        return cls(
            training_code=session.training.code,
            training_title=session.training.title,
            place=session.space.where,
            **{name: getattr(session, name) for name in names},
        )


class LineView(BaseModel):
    source_id: str
    name: str
    outcome: str


class RemarkView(BaseModel):
    line: int
    field: str
    value: str
    severity: str
    sentence: str


class ImportView(BaseModel):
    standard: str
    records: int
    counts: dict[str, int]
    lines: list[LineView]
    remarks: list[RemarkView]


class Reason(BaseModel):
    reason: str


class ChangedSession(SessionForm):
    reason: str = ""


@router.get("/trainings", dependencies=public)
async def trainings(reading: Read, q: str = "") -> list[TrainingView]:
    return [TrainingView.model_validate(one, from_attributes=True) for one in await queries.trainings(reading, q)]


@router.get("/spaces", dependencies=public)
async def spaces(request: Request, reading: Read, q: str = "") -> list[SpaceView]:
    today = request.app.state.frame.database.clock.now().date()
    return [
        SpaceView(
            id=one.id,
            source_id=one.source_id,
            name=one.name,
            where=one.where,
            seats=one.seats,
            labelled=one.label_on(today) is not None,
        )
        for one in await queries.spaces(reading, q)
    ]


@router.get("/places.csv", dependencies=public)
async def places(reading: Read) -> Response:
    """All of them, in version 1.0 of the standard «lieux de médiation numérique»."""
    written = places_to_csv(space.standard for space in await queries.spaces(reading))
    return Response(written, media_type="text/csv; charset=utf-8")


@router.post("/places")
async def import_places(request: Request, transact: Transact, _: Administrator, *, trial: bool = False) -> ImportView:
    """The body is the file itself: CSV v1.0 or JSON v0.1, told apart by its content."""
    reading = read_places(await request.body())
    done = await transact(lambda tx: usecases.import_places(tx, reading, trial=trial))
    return ImportView.model_validate(done, from_attributes=True)


@router.post("/spaces/{space_id}/labels", status_code=204)
async def label(transact: Transact, space_id: SpaceId, form: LabelForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.label_space(tx, space_id, form))


@router.put("/mediators/{mediator_id}", status_code=204)
async def keep_mediator(transact: Transact, mediator_id: MediatorId, form: MediatorForm, _: Administrator) -> None:
    await transact(lambda tx: usecases.keep_mediator(tx, mediator_id, form))


@router.get("/sessions", dependencies=public)
async def sessions(request: Request, reading: Read) -> list[SessionView]:
    now = request.app.state.frame.database.clock.now()
    return [SessionView.of(one) for one in await queries.upcoming_sessions(reading, now)]


@router.post("/sessions", status_code=201, response_model=SessionView)
async def put_on(command: Command, form: SessionForm, _: Staff) -> Response:
    return await command.once(lambda tx: usecases.put_on_session(tx, form), SessionView.of)


@router.put("/sessions/{session_id}")
async def change(transact: Transact, session_id: SessionId, form: ChangedSession, _: Staff) -> SessionView:
    return SessionView.of(await transact(lambda tx: usecases.change_session(tx, session_id, form, form.reason)))


@router.post("/sessions/{session_id}/cancel")
async def cancel(transact: Transact, session_id: SessionId, asked: Reason, _: Staff) -> SessionView:
    return SessionView.of(await transact(lambda tx: usecases.cancel_session(tx, session_id, asked.reason)))
