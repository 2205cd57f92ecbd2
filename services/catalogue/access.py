"""Who may sit at a desk, and what they may give as a reason."""

from typing import Annotated

from fastapi import Depends

from chassis.chosen import OneOf
from chassis.web import Principal, allowed
from services.catalogue import wording

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]

WhyChanged = Annotated[str, OneOf(wording.CHANGES)]
MaybeChanged = Annotated[str, OneOf(("", *wording.CHANGES))]
WhyCancelled = Annotated[str, OneOf(wording.CANCELLATIONS)]
