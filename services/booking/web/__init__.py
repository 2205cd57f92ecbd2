"""Pages: a mediator's desk, files, sessions; a centre's people; a resident's own link."""

from fastapi import APIRouter

from services.booking.web import centre, desk, person, plan, resident, seats, sessions, together

router = APIRouter(include_in_schema=False)
for subject in (desk, person, plan, seats, together, sessions, centre, resident):
    router.include_router(subject.router)

__all__ = ["router"]
