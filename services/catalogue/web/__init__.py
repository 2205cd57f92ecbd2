"""What everybody sees, without signing in: trainings, spaces, where to ask for a book, calendars."""

from fastapi import APIRouter, Depends

from chassis.web import GUESS, PUBLIC, Counted, Guessed, anybody
from services.catalogue.web import feeds, spaces, trainings

router = APIRouter(dependencies=[Depends(anybody)], include_in_schema=False)
for room in (trainings, spaces):
    router.include_router(room.router, dependencies=[Depends(Counted(PUBLIC))])
router.include_router(feeds.router, dependencies=[Depends(Guessed(GUESS))])
