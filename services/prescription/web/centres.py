"""The administrator's centres and prescribers."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from chassis.web import FormCommand, Page, Read, traced
from contracts.ids import CentreId, PrescriberId, uuid7
from county.communes import all_communes, name_of
from services.prescription import acts, queries, usecases, wording
from services.prescription.access import Administrator
from services.prescription.model import CentreForm, PrescriberForm
from services.prescription.web.forms import labelled_router

router = labelled_router()


@router.get("/centres")
async def centres(page: Page, reading: Read, _: Administrator) -> Response:
    return await page.show_long(
        "centres.html",
        centres=await queries.centres(reading),
        prescribers=await queries.prescribers(reading),
        communes=all_communes().values(),
        words=wording,
        name_of=name_of,
    )


@router.post("/centres", dependencies=[traced(acts.CENTRE_WRITTEN)])
async def open_centre(command: FormCommand, form: Annotated[CentreForm, Form()], _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.upsert_centre(tx, CentreId(uuid7()), form),
        goto=lambda _: "/centres",
        flash=lambda centre: f"Le centre {centre.name} est ouvert.",
    )


@router.get("/centres/{centre_id}")
async def centre(page: Page, reading: Read, _: Administrator, centre_id: CentreId) -> Response:
    known = await queries.centre(reading, centre_id)
    return page.show("centre.html", centre=known, communes=all_communes().values(), words=wording)


@router.post("/centres/{centre_id}", dependencies=[traced(acts.CENTRE_WRITTEN)])
async def change_centre(
    command: FormCommand, form: Annotated[CentreForm, Form()], _: Administrator, centre_id: CentreId
) -> Response:
    """A closed centre opens again."""
    return await command.run(
        lambda tx: usecases.upsert_centre(tx, centre_id, form),
        goto=lambda _: "/centres",
        flash=lambda centre: f"Le centre {centre.name} est à jour et ouvert.",
    )


@router.post("/centres/{centre_id}/fermer", dependencies=[traced(acts.CENTRE_CLOSED)])
async def close_centre(command: FormCommand, _: Administrator, centre_id: CentreId) -> Response:
    return await command.run(
        lambda tx: usecases.close_centre(tx, centre_id),
        goto=lambda _: "/centres",
        flash=lambda centre: f"Le centre {centre.name} est fermé : on n'y prescrit plus.",
    )


@router.post("/prescripteurs", dependencies=[traced(acts.PRESCRIBER_WRITTEN)])
async def name_prescriber(command: FormCommand, form: Annotated[PrescriberForm, Form()], _: Administrator) -> Response:
    return await command.run(
        lambda tx: usecases.upsert_prescriber(tx, PrescriberId(uuid7()), form),
        goto=lambda _: "/centres",
        flash=lambda named: f"{named.name} peut prescrire.",
    )


@router.get("/prescripteurs/{prescriber_id}")
async def prescriber(page: Page, reading: Read, _: Administrator, prescriber_id: PrescriberId) -> Response:
    known = await queries.named(reading, prescriber_id)
    account = known.account_id and (await queries.accounts_by_id(reading, [known.account_id])).get(known.account_id)
    usable = account if account and account.state != "closed" else None
    return page.show("prescriber.html", prescriber=known, account=usable, centres=await queries.centres(reading))


@router.post("/prescripteurs/{prescriber_id}", dependencies=[traced(acts.PRESCRIBER_WRITTEN)])
async def change_prescriber(
    command: FormCommand,
    form: Annotated[PrescriberForm, Form()],
    _: Administrator,
    prescriber_id: PrescriberId,
) -> Response:
    return await command.run(
        lambda tx: usecases.upsert_prescriber(tx, prescriber_id, form),
        goto=lambda _: "/centres",
        flash=lambda named: f"{named.name} {'peut prescrire' if named.active else 'ne prescrit plus'}.",
    )
