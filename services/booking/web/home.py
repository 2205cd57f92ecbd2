"""The mediator's home: whom to call, who waits, which sessions are near. Rules 17 and 19."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from chassis.bounds import Question
from chassis.db import Reading
from chassis.plain import is_called
from chassis.turns import PageNumber, Part
from chassis.web import FormCommand, Page, Read, allowed, own_listed, own_within, shared, traced, traced_first
from contracts.ids import BeneficiaryId, MediatorId
from county.communes import name_of
from services.booking import acts, queries, usecases, wording
from services.booking.access import PROPOSED, Me, Mediator, Professional
from services.booking.model import Session

router = APIRouter()

Number = Annotated[PageNumber, Query(alias="page")]
Others = Annotated[PageNumber, Query(alias="autres")]


@router.get(
    "/mediateur",
    dependencies=[
        Depends(allowed("mediator", "prescriber")),
        own_listed(queries.people_in_care),
        traced_first(acts.HOME_READ),
    ],
)
async def home(page: Page, reading: Read, who: Professional, number: Number = 1, others: Others = 1) -> Response:
    """A prescriber's own page is their centre's."""
    if who.mediator_id is None:
        return page.redirect("/centre")
    proposed = await queries.proposed_files(reading)
    sessions = await near_sessions(reading, who.mediator_id, page.now)
    people = await queries.people_in_care(reading, who.mediator_id, page.now)
    part = Part.of(people, number)
    return await page.show_long(
        "home.html",
        flags=await queries.open_flags(reading, who.mediator_id),
        mine=[(file, person) for file, person in proposed if file.mediator_id == who.mediator_id],
        others=Part.of([(file, person) for file, person in proposed if file.mediator_id != who.mediator_id], others),
        unbooked=sum(person.step == "book" for person in people),
        people=part,
        named=await queries.people(reading, [person.beneficiary_id for person in part.rows]),
        further="/mediateur?page=",
        q="",
        sessions=sessions,
        unmarked=await queries.unmarked(reading, [session.id for session in sessions]),
        now=page.now,
        words=wording,
        name_of=name_of,
    )


@router.get(
    "/mediateur/personnes",
    dependencies=[Depends(allowed("mediator")), own_listed(queries.people_in_care), traced_first(acts.HOME_READ)],
)
async def people(page: Page, reading: Read, me: Me, q: Question = "", number: Number = 1) -> Response:
    """List who is in care; of a search, those whose name begins so."""
    everybody = await queries.people_in_care(reading, me, page.now)
    named = await queries.people(reading, [each.beneficiary_id for each in everybody])
    called = {id_ for id_, person in named.items() if is_called(person.name, q)}
    part = Part.of([each for each in everybody if not q or each.beneficiary_id in called], number)
    further = "/mediateur/personnes?" + urlencode({"q": q, "page": ""})
    return await page.show_long(
        "people.html", people=part, named=named, q=q, further=further, now=page.now, words=wording
    )


async def near_sessions(reading: Reading, me: MediatorId, now: datetime) -> Sequence[Session]:
    """List none before the catalogue's news of this mediator has come."""
    mediator = await queries.mediator_or_none(reading, me)
    return await queries.sessions_of_day(reading, mediator, now) if mediator else []


@router.post("/dossiers/{beneficiary_id}/reprendre", dependencies=[shared(PROPOSED), traced(acts.FILE_ACCEPTED)])
async def accept(command: FormCommand, beneficiary_id: BeneficiaryId, me: Me) -> Response:
    return await command.run(
        lambda tx: usecases.accept_file(tx, beneficiary_id, by=me),
        goto=lambda _: f"/dossiers/{beneficiary_id}",
        flash=lambda _: "Vous suivez ce dossier. Fixez maintenant une première heure.",
    )


@router.post("/dossiers/{beneficiary_id}/appelee", dependencies=[own_within(usecases.note_call), traced(acts.CALLED)])
async def called(command: FormCommand, beneficiary_id: BeneficiaryId, who: Mediator, me: Me) -> Response:
    return await command.run(
        lambda tx: usecases.note_call(tx, beneficiary_id, by=me, named=who.name),
        goto=lambda _: "/mediateur",
        flash=lambda _: "L'appel est noté.",
    )
