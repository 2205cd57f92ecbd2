"""Coded values that more than one service speaks of. Adding one breaks old readers: see docs/decisions/0002."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import Payload

Audience = Literal["farmer", "senior", "job_seeker", "young", "social_minima", "other"]
Channel = Literal["sms", "email", "letter", "call"]
Role = Literal["administrator", "prescriber", "mediator"]
"""As what an agent signs in."""
CentreKind = Literal["social_centre", "cms", "france_services", "msa", "chamber_of_agriculture", "town_hall", "other"]
Need = Literal["first_steps", "administrative", "work", "farm", "safety", "family", "other"]
Level = Literal["débutant", "intermédiaire", "avancé"]
PhoneKind = Literal["mobile", "landline", "foreign"]
SupportNeed = Literal["reading", "mobility", "sight", "hearing"]
VoucherState = Literal["available", "held", "consumed", "void", "expired"]
FirstNoticeKind = Literal[
    "book_prescribed",
    "file_accepted",
    "booking_confirmed",
    "booking_moved",
    "booking_cancelled",
    "seat_offered",
    "reminder_48h",
    "reminder_3h",
    "book_nearly_empty",
    "book_expiring",
    "long_unseen",
]
"""Those of version 1 of what is said of notices; a person may refuse no others altogether."""
NoticeKind = Literal[FirstNoticeKind, "erasure_requested", "erasure_withdrawn"]
ActorKind = Literal["beneficiary", "mediator", "prescriber", "organiser", "administrator", "system"]


Reason = Annotated[
    str,
    Field(
        description="In French, from a list of the service that says it: others may come.",
        examples=["médiateur malade", "salle indisponible", "pas assez d'inscrits"],
    ),
]
InseeCode = Annotated[str, Field(pattern=r"^26\d{3}$")]


class Author(Payload):
    """What kind of person did it. Who it was is known to the service alone in which it was done."""

    kind: ActorKind


class Actor(Author):
    """Who did it, as a service knows it; it never travels. The id is a professional's, or none."""

    id: UUID | None = None

    @property
    def author(self) -> Author:
        return Author(kind=self.kind)


class Named(Payload):
    """What a reader that does not hear catalogue shows of a session."""

    training_title: str
    place_name: str
    commune: str
