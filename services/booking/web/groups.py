"""A session for several people at once: each is booked, or told why not. Rules 14 and 20."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import Response

from chassis.db import Reading
from chassis.refusal import Refusal
from chassis.turns import Part
from chassis.web import FormCommand, Page, Read, mediator_signed_in, own_listed, own_within, traced, traced_first
from chassis.web.command import PageCommand
from contracts.ids import BeneficiaryId, MediatorId, SessionId
from services.booking import acts, queries, usecases
from services.booking.access import Me, Mediator, Seats
from services.booking.model import Person
from services.booking.web.forms import Invited
from services.booking.web.home import Number

router = APIRouter()


@router.get(
    "/emargement/{session_id}/inscrire",
    dependencies=[Depends(mediator_signed_in), own_listed(queries.people_in_care), traced_first(acts.INVITED_READ)],
)
async def choose(page: Page, reading: Read, session_id: SessionId, me: Me, number: Number = 1) -> Response:
    """Show my people who have enough vouchers and no seat there; those who wait longest first."""
    session = await queries.session(reading, session_id)
    seats = await queries.bookings_in(reading, session_id, "confirmed", "offered")
    inside = {seat.beneficiary_id for seat in seats}
    everybody = await queries.people_in_care(reading, me, page.now)
    people = [person for person in everybody if person.beneficiary_id not in inside]
    able = [person for person in people if person.available >= session.price]
    part = Part.of(able, number)
    return await page.show_long(
        "group.html",
        session=session,
        people=part,
        named=await queries.people(reading, [person.beneficiary_id for person in part.rows]),
        unable=len(people) - len(able),
        now=page.now,
    )


class Inviting:
    """One form, a command for each person: sent twice, it books nobody twice."""

    def __init__(self, command: FormCommand, seats: Seats, who: Mediator, session_id: SessionId) -> None:
        self.command, self.seats, self.who, self.session_id = command, seats, who, session_id

    async def all_of(self, people: Sequence[BeneficiaryId]) -> Sequence[str]:
        """Book each, side by side through the batcher; answer why not, or nothing when they are booked."""
        return await asyncio.gather(*(self._one(person) for person in people))

    async def _one(self, person: BeneficiaryId) -> str:
        name = self.command.claim.name
        own = replace(self.command.claim, name=name._replace(key=f"{name.key}:{person}"))
        request = usecases.Request(self.session_id, person, self.who.acting_as("mediator"), self.who.mediator_id)
        try:
            mine = PageCommand(self.command.database, own, self.command.doing, self.command.page)
            await mine.run_in(self.seats, request, goto=lambda _: "")
        except Refusal as refusal:
            return refusal.sentence
        return ""


async def mine(
    reading: Reading, ids: Sequence[BeneficiaryId], me: MediatorId | None
) -> Mapping[BeneficiaryId, Person | None]:
    """Map those of these whom I follow to what is known of them: of a stranger, nothing is shown."""
    files = await queries.files_of(reading, ids)
    followed = [id_ for id_, file in files.items() if file.state == "accepted" and file.mediator_id == me]
    known = await queries.people(reading, followed)
    return {BeneficiaryId(id_): known.get(id_) for id_ in followed}


@router.post("/emargement/{session_id}/inscrire", dependencies=[own_within(usecases.book_batch), traced(acts.BOOKED)])
async def book(page: Page, inviting: Annotated[Inviting, Depends()], invited: Annotated[Invited, Form()]) -> Response:
    answers = await inviting.all_of(invited.beneficiary_id)
    async with page.reading() as reading:
        people = await mine(reading, invited.beneficiary_id, inviting.who.mediator_id)
        session = await queries.session(reading, inviting.session_id)
    outcomes = [(id_, why) for id_, why in zip(invited.beneficiary_id, answers, strict=True)]
    return page.show("group_done.html", session=session, outcomes=outcomes, people=people)
