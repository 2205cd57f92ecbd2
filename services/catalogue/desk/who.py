"""Who may sit at a desk."""

from typing import Annotated

from fastapi import Depends

from chassis.web import Principal, allowed

Staff = Annotated[Principal, Depends(allowed("mediator", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]
