"""The prescriber's pages, the administrator's, and what a person may ask of us."""

from fastapi import APIRouter

from services.prescription.web import (
    beneficiary,
    books,
    centres,
    doubles,
    home,
    registration,
    sign_in,
    steering,
    subject_requests,
)

router = APIRouter(include_in_schema=False)
for _room in (home, registration, beneficiary, books, subject_requests, doubles, centres, steering, sign_in):
    router.include_router(_room.router)
