"""Records that may be one person's: an administrator compares, decides, and says why."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import Response

from chassis.db import Transaction
from chassis.web import FormCommand, Page, Transact, traced
from contracts.ids import BeneficiaryId
from county.communes import name_of
from county.reasons import Reason
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Administrator, Asking
from services.prescription.model import Agent, Beneficiary, Double
from services.prescription.web.forms import labelled_router

router = labelled_router()

AT_A_TIME = 50


async def deciding(_: Administrator, asking: Asking) -> Agent:
    return asking


Deciding = Annotated[Agent, Depends(deciding)]


class Decision(BaseModel):
    reason: Reason


class Merging(Decision):
    kept_id: BeneficiaryId
    merged_id: BeneficiaryId


@router.get("/doublons", dependencies=[traced(acts.DOUBLES_READ)])
async def doubles(page: Page, transact: Transact, asking: Deciding) -> Response:
    async def shown(tx: Transaction) -> Response:
        waiting = await compared(tx, asking)
        return page.show(
            "doubles.html",
            waiting=waiting[:AT_A_TIME],
            more=len(waiting) > AT_A_TIME,
            decided=await queries.doubles_decided(tx),
            centres={centre.id: centre.name for centre in await queries.centres(tx)},
            words=wording,
            name_of=name_of,
        )

    return await transact(shown)


async def compared(tx: Transaction, asking: Agent) -> Sequence[tuple[Double, Beneficiary, Beneficiary | None]]:
    """Loads one more than is shown, which tells that there are more."""
    waiting = await queries.doubles_waiting(tx, AT_A_TIME + 1)
    people = {person.id: person for _, known, other in waiting[:AT_A_TIME] for person in (known, other) if person}
    await usecases.record_list_access(tx, people.values(), asking, "doubles")
    return waiting


@router.post("/doublons/reunir", dependencies=[traced(acts.MERGED)])
async def merge(command: FormCommand, asking: Deciding, asked: Annotated[Merging, Form()]) -> Response:
    return await command.run(
        lambda tx: usecases.merge(tx, asked.kept_id, asked.merged_id, reason=asked.reason, by=asking),
        goto=lambda _: "/doublons",
        flash=lambda _: "Les deux fiches n'en font plus qu'une.",
    )


@router.post("/doublons/{double_id}/distincts", dependencies=[traced(acts.DISTINCT)])
async def distinct(
    command: FormCommand, asking: Deciding, double_id: UUID, decision: Annotated[Decision, Form()]
) -> Response:
    return await command.run(
        lambda tx: usecases.declare_distinct(tx, double_id, reason=decision.reason, by=asking),
        goto=lambda _: "/doublons",
        flash=lambda made: (
            "Ce sont deux personnes." + (" La nouvelle fiche est prête : le centre peut prescrire." if made else "")
        ),
    )


@router.post("/doublons/{double_id}/meme-personne", dependencies=[traced(acts.SAME)])
async def same(
    command: FormCommand, asking: Deciding, double_id: UUID, decision: Annotated[Decision, Form()]
) -> Response:
    return await command.run(
        lambda tx: usecases.same_person(tx, double_id, reason=decision.reason, by=asking),
        goto=lambda _: "/doublons",
        flash=lambda _: "C'est la même personne : la fiche qui existait reste la seule.",
    )
