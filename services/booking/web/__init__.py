"""Pages: a mediator's home, files, attendance; a centre's people; a resident's own link."""

from fastapi import APIRouter

from services.booking.web import attendance, bookings, centre, files, groups, home, plan, resident

router = APIRouter(include_in_schema=False)
for subject in (home, files, plan, bookings, groups, attendance, centre, resident):
    router.include_router(subject.router)

__all__ = ["router"]
