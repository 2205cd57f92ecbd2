"""Coded values that more than one service speaks of. Adding one breaks old readers: see docs/decisions/0002."""

from typing import Literal
from uuid import UUID

from contracts.event import Payload

Audience = Literal["farmer", "senior", "job_seeker", "young", "social_minima", "other"]
Channel = Literal["sms", "email", "letter", "call"]
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


class Actor(Payload):
    """Who did it. The id is a professional's, or none: a beneficiary is known by the event's own field."""

    kind: ActorKind
    id: UUID | None = None


class Named(Payload):
    """What a reader that does not hear catalogue shows of a session."""

    training_title: str
    place_name: str
    commune: str
