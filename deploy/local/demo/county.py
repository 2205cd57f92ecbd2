"""What `make run` shows of a county: sessions ahead of now, people at every stage, messages in the telephones."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import PARIS
from deploy.local.demo.stage import Stage

Json = dict[str, Any]

PLACES = ("crest", "die", "valence")
TRAININGS = ("MAIL-01", "SECU-01", "TEL-01")
WEEKS = 4
HOURS = (9, 14)


@dataclass(frozen=True)
class Neighbour:
    """Somebody of the demonstration, and how far they have come: proposed, accepted, booked."""

    first_name: str
    last_name: str
    born: str
    commune: str
    stage: str
    phone: str = ""
    email: str = ""

    @property
    def typed(self) -> Json:
        channel = "email" if self.email else "sms" if self.phone.startswith(("06", "07")) else "call"
        return {
            "first_name": f"Démo {self.first_name}",
            "last_name": self.last_name,
            "birth_date": self.born,
            "commune_insee": self.commune,
            "channel": channel,
            **({"email": self.email} if self.email else {"phone": self.phone}),
        }


NEIGHBOURS = (
    Neighbour("Odile", "Vernet", "1951-02-28", "26108", "proposed", "06 39 98 20 01"),
    Neighbour("Gilles", "Henry", "1964-09-03", "26113", "proposed", "04 65 71 00 24"),
    Neighbour("Élise", "Martin", "1987-11-19", "26108", "accepted", "06 39 98 20 02"),
    Neighbour("Bruno", "Carle", "1979-04-02", "26362", "accepted", email="demo.bruno@exemple.invalid"),
    Neighbour("Fatou", "Gueye", "1990-06-21", "26108", "booked", "06 39 98 20 03"),
    Neighbour("Pierre", "Roux", "1958-01-12", "26113", "booked", "06 39 98 20 04"),
    Neighbour("Chantal", "Dubois", "1946-08-30", "26108", "booked", "04 65 71 00 25"),
)
"""All invented; telephones are of the range kept for fiction."""


def fill(stage: Stage) -> None:
    """Put sessions on for the weeks to come, and bring people as far as they are. Raises NotObserved."""
    sessions = [session for place in PLACES for session in put_on(stage, place)]
    for number, neighbour in enumerate(NEIGHBOURS):
        person = stage.done("nadia", "POST", "prescription", "/beneficiaries", json=neighbour.typed)["id"]
        stage.done("nadia", "POST", "prescription", f"/beneficiaries/{person}/books", json={"need": "first_steps"})
        stage.bus.wait_for("file.proposed", person)
        if neighbour.stage == "proposed":
            continue
        stage.done("karim", "POST", "booking", f"/files/{person}/accept")
        if neighbour.stage == "booked":
            book(stage, person, sessions[number % len(sessions)])


def put_on(stage: Stage, place: str) -> list[Json]:
    """A session a week of each training there, once the place has its label."""
    space = stage.done("anne", "GET", "catalogue", f"/spaces?q={place}")[0]
    if not space.get("labelled"):
        label = {"first_day": (stage.now() - timedelta(days=30)).date().isoformat(), "seats": 10}
        stage.ask("anne", "POST", "catalogue", f"/spaces/{space['id']}/labels", json=label)
    trainings = {training["code"]: training["id"] for training in stage.done("karim", "GET", "catalogue", "/trainings")}
    known = [trainings[code] for code in TRAININGS if code in trainings]
    made = []
    for week in range(WEEKS):
        for number, training in enumerate(known):
            session = {
                "training_id": training,
                "space_id": space["id"],
                "mediator_id": str(stage.who["karim"].mediator_id),
                "starts_at": starts(stage.now(), PLACES.index(place), week, number).isoformat(),
                "capacity": 8,
            }
            answer = stage.ask("karim", "POST", "catalogue", "/sessions", json=session)
            made += [answer.json()] if answer.is_success else []  # a holiday, or the room is taken
    return made


def starts(now: datetime, place: int, week: int, number: int) -> datetime:
    """Each place on a day of its own, mornings and afternoons of weekdays."""
    day = now.astimezone(PARIS) + timedelta(days=2 + 7 * week + place)
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)  # noqa: PLR2004 - Friday
    return day.replace(hour=HOURS[number % 2] + number // 2, minute=0, second=0, microsecond=0)


def book(stage: Stage, person: str, session: Json) -> None:
    """As soon as booking knows of the session; a place that is taken meanwhile is left."""
    stage.bus.wait_for("session.scheduled", session["id"])
    wish = {"session_id": session["id"], "beneficiary_id": person}
    stage.until(
        "une place réservée", lambda: stage.ask("karim", "POST", "booking", "/bookings", json=wish).is_success or None
    )
