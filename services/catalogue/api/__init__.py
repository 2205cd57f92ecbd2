"""The same as JSON: for the public, for partners who store a copy, and for those who change something."""

from fastapi import APIRouter

from services.catalogue.api import commands, exports, public

router = APIRouter(prefix="/api/catalogue", tags=["catalogue"])
for room in (public, exports, commands):
    router.include_router(room.router)
