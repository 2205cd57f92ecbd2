"""The learning plan of a person: trainings of the catalogue, in their order. Rule 19."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.bounds import Question
from chassis.db import Transaction
from chassis.web import FormCommand, Page, Read, own, traced, traced_first
from contracts.ids import BeneficiaryId, TrainingId
from services.booking import acts, queries, usecases, wording
from services.booking.access import Me, in_care
from services.booking.model import File

router = APIRouter()


class Change(BaseModel):
    training_id: TrainingId
    how: Literal["add", "earlier", "later", "remove"]

    def of(self, plan: Sequence[TrainingId]) -> list[TrainingId]:
        others = [training_id for training_id in plan if training_id != self.training_id]
        place = plan.index(self.training_id) if self.training_id in plan else len(others)
        match self.how:
            case "remove":
                return others
            case "earlier":
                place = max(place - 1, 0)
            case "later":
                place = place + 1
            case "add":
                pass
        return [*others[:place], self.training_id, *others[place:]]


DONE = {
    "add": "La formation est dans le parcours.",
    "earlier": "La formation vient plus tôt.",
    "later": "La formation vient plus tard.",
    "remove": "La formation n'est plus dans le parcours.",
}


@router.get("/dossiers/{beneficiary_id}/parcours", dependencies=[own(in_care), traced_first(acts.PLAN_READ)])
async def choose(page: Page, reading: Read, beneficiary_id: BeneficiaryId, q: Question = "") -> Response:
    file = await queries.file(reading, beneficiary_id)
    return page.show(
        "plan.html",
        person=(await queries.people(reading, [beneficiary_id])).get(beneficiary_id),
        beneficiary_id=beneficiary_id,
        plan=file.plan,
        trainings=await queries.trainings(reading, q),
        q=q,
        words=wording,
    )


@router.post("/dossiers/{beneficiary_id}/parcours", dependencies=[own(in_care), traced(acts.PLAN_CHANGED)])
async def change(
    command: FormCommand, beneficiary_id: BeneficiaryId, asked: Annotated[Change, Form()], me: Me
) -> Response:
    async def changed(tx: Transaction) -> File:
        plan = asked.of((await queries.file_for_update(tx, beneficiary_id)).plan)
        return await usecases.plan(tx, beneficiary_id, plan, by=me)

    return await command.run(
        changed, goto=lambda _: f"/dossiers/{beneficiary_id}#parcours", flash=lambda _: DONE[asked.how]
    )
