"""One field finds the person; and those who have waited too long for their first hour."""

from collections.abc import Sequence
from datetime import date, timedelta

from fastapi import Depends
from starlette.responses import Response

from chassis.bounds import Question
from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.plain import in_latin_letters, plain
from chassis.web import SEARCH, Counted, Page, Read, Transact, own_listed, traced
from chassis.web.page import Pages
from county.communes import name_of
from services.prescription import acts, queries, usecases
from services.prescription.access import Administrator, Asking, CurrentSettings
from services.prescription.model import Beneficiary, Book, SearchPolicy
from services.prescription.queries.search import names_somebody
from services.prescription.web.forms import labelled_router

router = labelled_router()

AT_A_TIME = 200
SEARCHES_SHOWN = timedelta(days=30)


@router.get(
    "/guichet", dependencies=[Depends(Counted(SEARCH)), own_listed(queries.people_matching), traced(acts.SEARCHED)]
)
async def home(page: Page, transact: Transact, asking: Asking, settings: CurrentSettings, q: Question = "") -> Response:
    """Shows, of people of other centres, what tells two of them apart."""

    async def shown(tx: Transaction) -> Response:
        policy = SearchPolicy(settings.searches_alarm, settings.searches_most)
        results = await usecases.search(tx, q, asking, policy) if q.strip() else queries.SearchResults()
        values = {"readable": is_readable(q), "short": not names_somebody(plain(q)), "many": 0, "late": 0}
        if asking.kind == "administrator":
            values["many"] = await queries.many_searches_count(tx, today(page), policy.alarm)
            values["late"] = await queries.late_copies_count(tx, page.now - settings.copies_due)
        return page.show("home.html", q=q, results=results, name_of=name_of, asking=asking, **values)

    return await transact(shown)


@router.get("/recherches")
async def searches(page: Page, reading: Read, _: Administrator, settings: CurrentSettings) -> Response:
    """Shows who searched much, and how many people of other centres they were shown."""
    since = today(page) - SEARCHES_SHOWN
    return page.show(
        "searches.html", days=await queries.many_searches(reading, since, settings.searches_alarm), settings=settings
    )


def today(page: Pages) -> date:
    return page.now.astimezone(PARIS).date()


def is_readable(q: str) -> bool:
    """A name in other letters is looked for as it sounds; when that finds nobody, it may be another on the record."""
    return in_latin_letters(q) or any(map(str.isdigit, q))


@router.get("/a-relancer", dependencies=[own_listed(queries.unbooked), traced(acts.UNBOOKED_READ)])
async def unbooked(page: Page, transact: Transact, asking: Asking, settings: CurrentSettings) -> Response:
    """Lists who waits in the agent's centre; in all centres for an administrator."""

    async def listed(tx: Transaction) -> Sequence[tuple[Beneficiary, Book]]:
        """Loads one more than is shown, which tells that there are more."""
        waiting = await queries.unbooked(tx, asking.centre_id, page.now - settings.unbooked_after, AT_A_TIME + 1)
        await usecases.record_list_access(tx, [person for person, _ in waiting[:AT_A_TIME]], asking, "unbooked")
        return waiting

    days = [(person, (page.now - book.prescribed_at).days) for person, book in await transact(listed)]
    return page.show(
        "unbooked.html",
        waiting=days[:AT_A_TIME],
        more=len(days) > AT_A_TIME,
        after=settings.unbooked_after.days,
        name_of=name_of,
    )
