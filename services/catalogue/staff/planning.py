"""The week of a space or a mediator, and a week once more."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form
from starlette.responses import Response

from chassis.bounds import Day
from chassis.clock import PARIS
from chassis.web import FormCommand, Page, Read, own_within, shared, traced
from contracts.ids import MediatorId, SpaceId
from services.catalogue import acts, queries, texts, usecases
from services.catalogue.access import By, Staff
from services.catalogue.model import Session, WeekForm, feed_code
from services.catalogue.model.holidays import bank_holiday, school_holiday
from services.catalogue.settings import address_of

router = APIRouter()

WEEK = timedelta(days=7)
RENEWED = "L'adresse de l'agenda est changée : l'ancienne ne s'ouvre plus."


@router.get("/planning/espaces/{space_id}", dependencies=[shared("des séances, annoncées à tous")])
async def of_space(page: Page, reading: Read, _: Staff, space_id: SpaceId, semaine: Day | None = None) -> Response:
    monday = monday_of(semaine or page.now.astimezone(PARIS).date())
    space = await queries.space(reading, space_id)
    sessions = await queries.sessions_during(reading, usecases.week_of(monday), space_id=space_id)
    return await _week(page, reading, ("espaces", space_id, space.name), monday, sessions)


@router.get("/planning/mediateurs/{mediator_id}", dependencies=[shared("des séances, annoncées à tous")])
async def of_mediator(
    page: Page, reading: Read, _: Staff, mediator_id: MediatorId, semaine: Day | None = None
) -> Response:
    monday = monday_of(semaine or page.now.astimezone(PARIS).date())
    mediator = await queries.mediator(reading, mediator_id)
    sessions = await queries.sessions_during(reading, usecases.week_of(monday), mediator_id=mediator_id)
    return await _week(page, reading, ("mediateurs", mediator_id, mediator.name), monday, sessions)


@router.post(
    "/planning/espaces/{space_id}/copier",
    dependencies=[own_within(usecases.copy_week), traced(acts.SERIES_PUT_ON)],
)
async def copy_of_space(command: FormCommand, space_id: SpaceId, form: Annotated[WeekForm, Form()], by: By) -> Response:
    return await command.run(
        lambda tx: usecases.copy_week(tx, form, by, space_id=space_id),
        goto=lambda series: f"/seances/series/{series.id}",
    )


@router.post(
    "/planning/mediateurs/{mediator_id}/copier",
    dependencies=[own_within(usecases.copy_week), traced(acts.SERIES_PUT_ON)],
)
async def copy_of_mediator(
    command: FormCommand, mediator_id: MediatorId, form: Annotated[WeekForm, Form()], by: By
) -> Response:
    return await command.run(
        lambda tx: usecases.copy_week(tx, form, by, mediator_id=mediator_id),
        goto=lambda series: f"/seances/series/{series.id}",
    )


@router.post(
    "/planning/espaces/{space_id}/agenda",
    dependencies=[own_within(usecases.renew_feed), traced(acts.FEED_OF_SPACE_RENEWED)],
)
async def renew_of_space(command: FormCommand, space_id: SpaceId, by: By) -> Response:
    return await command.run(
        lambda tx: usecases.renew_feed(tx, by, space_id=space_id),
        goto=lambda _: f"/planning/espaces/{space_id}",
        flash=lambda _: RENEWED,
    )


@router.post(
    "/planning/mediateurs/{mediator_id}/agenda",
    dependencies=[own_within(usecases.renew_feed), traced(acts.FEED_OF_MEDIATOR_RENEWED)],
)
async def renew_of_mediator(command: FormCommand, mediator_id: MediatorId, by: By) -> Response:
    return await command.run(
        lambda tx: usecases.renew_feed(tx, by, mediator_id=mediator_id),
        goto=lambda _: f"/planning/mediateurs/{mediator_id}",
        flash=lambda _: RENEWED,
    )


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day_of(session: Session) -> date:
    return session.starts_at.astimezone(PARIS).date()


async def _week(
    page: Page, reading: Read, whose: tuple[str, UUID, str], monday: date, sessions: Sequence[Session]
) -> Response:
    kind, about, name = whose
    code = feed_code(page.frame.secret, about, await queries.renewals(reading, about))
    days = [monday + timedelta(days=number) for number in range(7)]
    by_day = {day: [session for session in sessions if _day_of(session) == day] for day in days}
    return page.show(
        "planning.html",
        kind=kind,
        about=about,
        name=name,
        monday=monday,
        before=monday - WEEK,
        after=monday + WEEK,
        by_day=by_day,
        off={day: bank_holiday(day) or school_holiday(day) for day in days},
        feed=texts.feed_address(address_of(page), kind, about, code),
    )
