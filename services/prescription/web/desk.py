"""One field finds the person; and those who have waited too long for their first hour."""

from collections.abc import Sequence

from starlette.responses import Response

from chassis.bounds import Question
from chassis.communes import name_of
from chassis.db import Transaction
from chassis.plain import plain
from chassis.web import Page, Read, Transact, own_listed
from services.prescription import queries, usecases
from services.prescription.access import Asking, Told
from services.prescription.model import Beneficiary, Book
from services.prescription.web.forms import room

router = room()

AT_A_TIME = 200


@router.get("/", dependencies=[own_listed(queries.people_found)])
async def desk(page: Page, reading: Read, asking: Asking, q: Question = "") -> Response:
    found = await queries.people_found(reading, q) if q.strip() else queries.Found()
    return page.show("desk.html", q=q, found=found, readable=bool(plain(q)), name_of=name_of, asking=asking)


@router.get("/a-relancer", dependencies=[own_listed(queries.unbooked)])
async def unbooked(page: Page, transact: Transact, asking: Asking, told: Told) -> Response:
    """Of the agent's centre; of all centres for an administrator."""

    async def listed(tx: Transaction) -> Sequence[tuple[Beneficiary, Book]]:
        """One more than is shown tells that there are more."""
        waiting = await queries.unbooked(tx, asking.centre_id, page.now - told.unbooked_after, AT_A_TIME + 1)
        await usecases.record_list(tx, [person for person, _ in waiting[:AT_A_TIME]], asking, "unbooked")
        return waiting

    days = [(person, (page.now - book.prescribed_at).days) for person, book in await transact(listed)]
    return page.show(
        "unbooked.html",
        waiting=days[:AT_A_TIME],
        more=len(days) > AT_A_TIME,
        after=told.unbooked_after.days,
        name_of=name_of,
    )
