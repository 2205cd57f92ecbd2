"""The same as JSON: what creates asks for an Idempotency-Key, what keeps is a PUT."""

from fastapi import APIRouter

from services.prescription.api import books, centres, erasures, people

router = APIRouter(prefix="/api", tags=["prescription"])
for _room in (centres, people, books, erasures):
    router.include_router(_room.router)
