"""Who is staff, and what they may give as a reason."""

from typing import Annotated

from fastapi import Depends

from chassis.bounds import OneOf
from chassis.db import Reading
from chassis.web import Principal, allowed, checked
from services.catalogue import queries, wording
from services.catalogue.model import Author

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


async def author(reading: Reading, who: Staff) -> Author:
    """Name who is signed in, with the spaces of this mediator, whose sessions are theirs to change."""
    me = await queries.mediator_or_none(reading, who.mediator_id) if who.mediator_id else None
    administrator = "administrator" in who.roles
    return Author(who.subject, who.name, administrator, who.mediator_id, me.space_ids if me else ())


By = Annotated[Author, Depends(checked(author))]

WhyChanged = Annotated[str, OneOf(wording.CHANGES)]
MaybeChanged = Annotated[str, OneOf(("", *wording.CHANGES))]
WhyCancelled = Annotated[str, OneOf(wording.CANCELLATIONS)]
