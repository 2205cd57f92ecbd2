"""Trainings, sessions and places as search engines read them: schema.org, JSON-LD."""

from collections.abc import Sequence
from typing import Any

from services.catalogue.model import Session, Space, Training

PROVIDER = {"@type": "GovernmentOrganization", "name": "Département de la Drôme", "url": "https://www.ladrome.fr"}
FREE = {"@type": "Offer", "price": 0, "priceCurrency": "EUR", "category": "Free"}
STATUS = {"scheduled": "https://schema.org/EventScheduled", "cancelled": "https://schema.org/EventCancelled"}
LEVELS = {"débutant": "Beginner", "intermédiaire": "Intermediate", "avancé": "Advanced"}

Json = dict[str, Any]


def course(training: Training, sessions: Sequence[Session], url: str) -> Json:
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "name": training.title,
        "description": training.summary,
        "courseCode": training.code,
        "url": f"{url}/formations/{training.code}",
        "inLanguage": "fr",
        "isAccessibleForFree": True,
        "educationalLevel": LEVELS[training.level],
        "coursePrerequisites": training.prerequisites,
        "teaches": training.objectives,
        "timeRequired": f"PT{training.hours}H",
        "provider": PROVIDER,
        "offers": FREE,
        "hasCourseInstance": [_instance(session) for session in sessions] or [_instance_of(training)],
    }


def _instance_of(training: Training) -> Json:
    """A course without a date yet, as the search engines want it."""
    return {"@type": "CourseInstance", "courseMode": "Onsite", "courseWorkload": f"PT{training.hours}H"}


def _instance(session: Session) -> Json:
    """A session is a `CourseInstance`, which is an `Event` of schema.org."""
    return {
        "@type": ["CourseInstance", "EducationEvent"],
        "name": session.training.title,
        "courseMode": "Onsite",
        "courseWorkload": f"PT{session.hours}H",
        "startDate": session.starts_at.isoformat(),
        "endDate": session.ends_at.isoformat(),
        "eventStatus": STATUS[session.state],
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": place(session.space),
        "organizer": PROVIDER,
        "isAccessibleForFree": True,
        "maximumAttendeeCapacity": session.capacity,
        "remainingAttendeeCapacity": session.free,
    }


def place(space: Space) -> Json:
    where = space.where
    place: Json = {
        "@type": "Place",
        "name": where.name,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": where.address,
            "postalCode": where.postal_code,
            "addressLocality": where.commune,
            "addressCountry": "FR",
        },
    }
    if where.latitude is not None and where.longitude is not None:
        place["geo"] = {"@type": "GeoCoordinates", "latitude": where.latitude, "longitude": where.longitude}
    if where.phone:
        place["telephone"] = where.phone
    return place
