"""The administrator's home: the two figures, and what waits for a decision, the oldest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from starlette.responses import Response

from chassis.clock import PARIS
from chassis.db import Reading
from chassis.web import Page, Read
from services.prescription import queries
from services.prescription.access import Administrator, CurrentSettings
from services.prescription.model import masked
from services.prescription.settings import Settings
from services.prescription.web.forms import labelled_router
from services.prescription.web.steering import FEW, named

router = labelled_router()

MOST = 200  # counted; «200» then reads «200 ou plus»


class Decision(NamedTuple):
    """What waits: how many, since when, and the list that it is on."""

    singular: str
    plural: str
    act: str
    path: str
    since: Sequence[datetime]


@router.get("/administration")
async def home(page: Page, reading: Read, _: Administrator, settings: CurrentSettings) -> Response:
    first_month = page.now.date().replace(year=page.now.year - 1, day=1)
    decisions = [decision for decision in await waiting(reading, page.now, settings) if decision.since]
    return page.show(
        "administration.html",
        lines=masked(await queries.figures(reading, "month", first_month)),
        names=await named(reading, "month"),
        few=FEW,
        decisions=sorted(decisions, key=lambda decision: min(decision.since)),
        many=await queries.many_searches_count(reading, page.now.astimezone(PARIS).date(), settings.searches_alarm),
        now=page.now,
        most=MOST,
    )


async def waiting(reading: Reading, now: datetime, settings: Settings) -> list[Decision]:
    doubles = [double.asked_at for double, *_ in await queries.doubles_waiting(reading, MOST)]
    erasures = [request.asked_at for request in await queries.erasure_requests(reading, MOST) if request.pending]
    copies = [copy.asked_at for copy in await queries.open_copies(reading)]
    unbooked = await queries.unbooked(reading, None, now - settings.unbooked_after, MOST)
    return [
        Decision("doublon à décider", "doublons à décider", "Comparer", "/doublons", doubles),
        Decision("effacement demandé", "effacements demandés", "Ouvrir", "/effacements", erasures),
        Decision("copie de données à remettre", "copies de données à remettre", "Ouvrir", "/copies", copies),
        Decision(
            "personne sans première séance",
            "personnes sans première séance",
            "Relancer",
            "/a-relancer",
            [book.prescribed_at for _, book in unbooked],
        ),
    ]
