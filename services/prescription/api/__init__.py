"""The same as JSON: what creates asks for an Idempotency-Key, what upserts is a PUT."""

from fastapi import APIRouter

from services.prescription.api import beneficiaries, books, centres, erasures

router = APIRouter(prefix="/api/prescription", tags=["prescription"])
for _room in (centres, beneficiaries, books, erasures):
    router.include_router(_room.router)
