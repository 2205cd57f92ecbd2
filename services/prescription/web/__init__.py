"""The prescriber's pages, the administrator's, and what a person may ask of us."""

from fastapi import APIRouter

from services.prescription.web import (
    accounts,
    administration,
    beneficiary,
    books,
    centres,
    doubles,
    home,
    provider_sign_in,
    registration,
    sign_in,
    steering,
    subject_requests,
)

router = APIRouter(include_in_schema=False)
ROOMS = (
    administration,
    home,
    registration,
    beneficiary,
    books,
    subject_requests,
    doubles,
    centres,
    accounts,
    steering,
    sign_in,
    provider_sign_in,
)
for _room in ROOMS:
    router.include_router(_room.router)
