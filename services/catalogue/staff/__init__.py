"""Pages for staff: a mediator's sessions and week, an administrator's trainings, places, labels and mediators."""

from fastapi import APIRouter

from services.catalogue.staff import imports, labels, mediators, planning, sessions, spaces, trainings

router = APIRouter(include_in_schema=False)
for room in (sessions, planning, spaces, labels, mediators, trainings, imports):
    router.include_router(room.router)
