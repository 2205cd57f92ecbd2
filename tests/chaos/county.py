"""The county before the faults: a centre, a catalogue, groups of sessions and people, everything over HTTP."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import PARIS
from contracts.ids import uuid7
from deploy.local.demo.people import personas, places_v1
from tests.chaos.calls import Caller
from tests.chaos.cluster import Cluster
from tests.chaos.history import Group

GROUPS, PEOPLE = 5, 4
CAPACITIES, PRICES, OVERLAPS = (2, 1, 2), (2, 3, 3), ((0, 1),)
HOURS, PLACES = (9, 9, 15), (0, 1, 0)
FIRST_DAY, LIFE_DAYS = 4, 3
PATIENCE = 60  # seconds
REFUSED = 300


class NotDone(RuntimeError):
    """The county could not be made ready."""


@dataclass(frozen=True)
class Hour:
    """A session, and what it takes to change it."""

    id: str
    form: dict[str, Any]


@dataclass(frozen=True)
class County:
    """`sessions` and `people` are ids by group; `life` are the sessions that anybody may want."""

    groups: list[Group]
    sessions: list[list[str]]
    people: list[list[str]]
    life: list[Hour]


async def made(caller: Caller) -> County:
    cluster = caller.cluster
    await opened(caller)
    await asyncio.to_thread(filled, cluster)
    spaces = await labelled(caller)
    trainings = await done(caller, "karim", "GET", "catalogue", "/trainings")
    by_hours = {training["hours"]: training["id"] for training in trainings}
    groups = []
    sessions: list[list[str]] = []
    people: list[list[str]] = []
    for number in range(GROUPS):
        slots = [
            (FIRST_DAY + number, hour, price, place) for hour, price, place in zip(HOURS, PRICES, PLACES, strict=True)
        ]
        put = [await put_on(caller, by_hours, spaces, *of) for of in zip(slots, CAPACITIES, strict=True)]
        sessions.append([hour.id for hour in put])
        people.append([await resident(caller) for _ in range(PEOPLE)])
        groups.append(Group(CAPACITIES, PRICES, OVERLAPS, PEOPLE))
    days = [(FIRST_DAY + GROUPS + number, 10, 1, number % 2) for number in range(LIFE_DAYS)]
    return County(groups, sessions, people, [await put_on(caller, by_hours, spaces, slot, 3) for slot in days])


async def done(caller: Caller, who: str, method: str, service: str, path: str, **what: Any) -> Any:
    """The answer as JSON. Raises NotDone."""
    answer = await caller.insist(who, method, service, path, **what)
    if answer is None or answer.status >= REFUSED:
        raise NotDone(f"{method} {path} : {answer}")
    return answer.body


async def opened(caller: Caller) -> None:
    nadia = personas()["nadia"]
    centre = {"name": "Centre social de Crest", "kind": "social_centre", "commune_insee": "26108"}
    await done(caller, "anne", "PUT", "prescription", f"/centres/{nadia.centre_id}", json=centre)
    named = {"centre_id": str(nadia.centre_id), "name": "Démo Nadia"}
    await done(caller, "anne", "PUT", "prescription", f"/prescribers/{nadia.prescriber_id}", json=named)


def filled(cluster: Cluster) -> None:
    env = {**os.environ, **cluster.of("catalogue")[0].env}
    command = [sys.executable, "-m", "services.catalogue", "trainings"]
    subprocess.run(command, env=env, check=True, capture_output=True)  # noqa: S603 - our own command


async def labelled(caller: Caller) -> list[str]:
    """Two spaces with a label, two mediators in post."""
    for name in ("karim", "lucie"):
        named = {"name": f"Démo {name.capitalize()}", "phone": "04 65 71 00 02"}
        await done(caller, "anne", "PUT", "catalogue", f"/mediators/{personas()[name].mediator_id}", json=named)
    await done(caller, "anne", "POST", "catalogue", "/places", content=places_v1())
    spaces = [space["id"] for space in await done(caller, "anne", "GET", "catalogue", "/spaces")][:2]
    label = {"first_day": (datetime.now(PARIS) - timedelta(days=30)).date().isoformat(), "seats": 10}
    for space in spaces:
        await done(caller, "anne", "POST", "catalogue", f"/spaces/{space}/labels", json=label)
    return spaces


async def put_on(
    caller: Caller, trainings: dict[int, str], spaces: list[str], slot: tuple[int, int, int, int], capacity: int
) -> Hour:
    """`slot`: in how many days, at which hour, for how many hours, in which of the two spaces."""
    day, hour, hours, place = slot
    start = datetime.now(PARIS).replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=day)
    form = {
        "training_id": trainings[hours],
        "space_id": spaces[place],
        "mediator_id": str(personas()[("karim", "lucie")[place]].mediator_id),
        "starts_at": start.isoformat(),
        "capacity": capacity,
    }
    session = await done(caller, "anne", "POST", "catalogue", "/sessions", json=form)
    await until_done(caller, "GET", f"/sessions/{session['id']}")
    return Hour(session["id"], form)


async def resident(caller: Caller) -> str:
    """Registered, with a book, and in Karim's care."""
    person: str = await newcomer(caller)
    await until_done(caller, "POST", f"/files/{person}/accept")
    return person


async def newcomer(caller: Caller) -> str:
    """With a mobile number of the range that is kept for fiction, none of those that the world outside refuses."""
    number, letters = int(uuid7().hex[-4:], 16) % 9000 + 500, uuid7().hex[-12:]
    asked = {
        "first_name": "Démo",
        "last_name": "Essai " + "".join(chr(ord("a") + int(digit, 16)) for digit in letters),
        "birth_date": "1970-01-01",
        "commune_insee": "26108",
        "phone": f"06 39 98 {number // 100:02} {number % 100:02}",
        "channel": "sms",
        "confirmed": True,
    }
    person = await done(caller, "nadia", "POST", "prescription", "/beneficiaries", json=asked)
    books = f"/beneficiaries/{person['id']}/books"
    await done(caller, "nadia", "POST", "prescription", books, json={"need": "first_steps"})
    return str(person["id"])


async def until_done(caller: Caller, method: str, path: str) -> None:
    """Asked of booking until it knows what it is about. Raises TimeoutError, or NotDone when everything stops."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await caller.insist("karim", method, "booking", path)
            if answer is None:
                raise NotDone(path)
            if answer.status < REFUSED:
                return
            await asyncio.sleep(0.3)
