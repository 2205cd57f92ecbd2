"""Who may sit at a desk, and what they may give as a reason."""

from typing import Annotated

from fastapi import Depends

from chassis.chosen import one_of
from chassis.web import Principal, allowed
from services.catalogue import wording

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]

WhyChanged = Annotated[str, one_of(wording.CHANGES)]
MaybeChanged = Annotated[str, one_of(("", *wording.CHANGES))]
WhyCancelled = Annotated[str, one_of(wording.CANCELLATIONS)]
