"""What everybody sees, without signing in: trainings, spaces, where to ask for a book, calendars."""

from fastapi import APIRouter, Depends

from chassis.web import anybody
from services.catalogue.web import feeds, spaces, trainings

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)
for room in (trainings, spaces, feeds):
    router.include_router(room.router)
