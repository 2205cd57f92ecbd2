"""The prescriber's desk, the administrator's, and what a person may ask of us."""

from fastapi import APIRouter

from services.prescription.web import books, centres, desk, doubles, people, person, rights, steering

router = APIRouter(include_in_schema=False)
for _room in (desk, people, person, books, rights, doubles, centres, steering):
    router.include_router(_room.router)
