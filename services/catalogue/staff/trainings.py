"""An administrator writes a training, looks at it as people will, publishes it, withdraws it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.web import FormCommand, Page, Read, traced
from services.catalogue import acts, queries, usecases, wording
from services.catalogue.access import Administrator
from services.catalogue.model import Training, TrainingVersion
from services.catalogue.trainings import TrainingText, careless, checked

router = APIRouter()

LINES = ("objectives", "words")


class TrainingForm(BaseModel):
    """Objectives and words are written a line each. `known`: it changes the training of that code."""

    code: str = ""
    known: bool = False
    title: str = ""
    summary: str = ""
    objectives: str = ""
    prerequisites: str = ""
    level: str = "débutant"
    themes: tuple[str, ...] = ()
    thematiques: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    hours: str = "1"
    accessibility: str = ""
    bring: str = ""
    words: str = ""

    def text(self) -> TrainingText:
        """Read the form as a training. Raises TrainingRefused."""
        lines = {name: [line.strip() for line in getattr(self, name).splitlines() if line.strip()] for name in LINES}
        return checked(self.model_dump(exclude={"known"}) | lines | {"code": self.code.strip().upper()})

    @classmethod
    def of(cls, text: TrainingText) -> "TrainingForm":
        values = text.model_dump()
        lines = {name: "\n".join(values[name]) for name in LINES}
        return cls.model_construct(**values | lines | {"hours": str(text.hours), "known": True})


@router.get("/gestion/formations")
async def trainings(page: Page, reading: Read, _: Administrator) -> Response:
    return page.show("trainings_admin.html", trainings=await queries.all_trainings(reading), words=wording)


@router.get("/gestion/formations/nouvelle")
async def new(page: Page, _: Administrator) -> Response:
    return _form(page, TrainingForm())


@router.get("/gestion/formations/{code}")
async def edit(page: Page, reading: Read, _: Administrator, code: str) -> Response:
    training = await queries.training_by_code(reading, code)
    versions = await queries.versions(reading, training)
    return _form(page, TrainingForm.of(training.text()), training, versions)


@router.post("/gestion/formations/apercu")
async def preview(page: Page, form: Annotated[TrainingForm, Form()], _: Administrator) -> Response:
    """Show it as people will see it; nothing is stored yet."""
    text = form.text()
    return page.show("training_preview.html", training=text, form=form, remarks=[*careless(text)], words=wording)


@router.post("/gestion/formations", dependencies=[traced(acts.TRAINING_WRITTEN)])
async def publish(command: FormCommand, form: Annotated[TrainingForm, Form()], who: Administrator) -> Response:
    text = form.text()
    return await command.run(
        lambda tx: usecases.write_training(tx, text, who.name, new=not form.known),
        goto=lambda made: f"/formations/{made.code}",
    )


@router.post("/gestion/formations/{code}/retirer", dependencies=[traced(acts.TRAINING_WITHDRAWN)])
async def withdraw(command: FormCommand, code: str, who: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.withdraw_training(tx, code, who.name),
        goto=lambda _: "/gestion/formations",
        flash=lambda gone: f"«{gone.title}» est retirée. Les séances déjà prévues ont lieu.",
    )


def _form(
    page: Page, form: TrainingForm, training: Training | None = None, versions: Sequence[TrainingVersion] = ()
) -> Response:
    return page.show("training_form.html", form=form, training=training, versions=versions, words=wording)
