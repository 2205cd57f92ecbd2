"""Notices: one planned for each booking that was confirmed, moved or cancelled; what was published as sent has left."""

from collections.abc import Iterator
from uuid import UUID

from deploy.audit.comparing import Check, Comparison
from deploy.audit.facts import State
from deploy.audit.world import World, moment


def confirmed(world: World) -> Comparison:
    return _planned(world, "booking_confirmed", {id_ for id_, _ in _bookings(world)})


def cancelled(world: World) -> Comparison:
    """After the cut-off it is an absence: of that nothing is written."""
    announced = {id_ for id_, state in _bookings(world) if state["state"] == "cancelled" and not state["late"]}
    return _planned(world, "booking_cancelled", announced)


def _bookings(world: World) -> Iterator[tuple[UUID, State]]:
    for id_, state in world.facts.bookings.items():
        person = UUID(state["beneficiary_id"])
        if world.is_recent(moment(state["ends_at"])) and not world.facts.is_forgotten(person):
            yield id_, state


def _planned(world: World, kind: str, announced: set[UUID]) -> Comparison:
    """A notice of a booking that the bus does not speak of is one too many."""
    rows = {row["id"]: row["planned"] for row in world.rows("notifications", "notices") if row["kind"] == kind}
    known = {id_: count for id_, count in rows.items() if id_ in announced or id_ not in world.facts.bookings}
    names = {"booking_confirmed": "avis de réservation", "booking_cancelled": "avis d'annulation"}
    sources = {"bus": dict.fromkeys(announced, (1,)), "notifications": {id_: (count,) for id_, count in known.items()}}
    return Comparison(names[kind], "réservation", ("avis prévus",), sources)


def moved(world: World) -> Comparison:
    """The last change of each session that was still to come, told to each who had a seat."""
    announced = {id_: (state["edition"],) for id_, state in _bookings(world) if "edition" in state}
    rows = [row for row in world.rows("notifications", "notices") if row["kind"] == "booking_moved"]
    known = {row["id"]: (row["edition"],) for row in rows if row["id"] in announced}
    sources = {"bus": announced, "notifications": known}
    return Comparison("avis de changement", "réservation", ("version de la séance",), sources)


def sent(world: World) -> Check:
    """What was published as sent has left, and what has left was published."""
    facts, rows = world.facts, world.rows("notifications", "sent")
    known, has_left = {row["id"] for row in rows}, {row["id"] for row in rows if row["has_left"]}
    published = {id_ for id_, person in facts.sent.items() if not facts.is_forgotten(person)}
    differences = [
        f"message {id_} : publié comme envoyé, inconnu de notifications" for id_ in sorted(published - known)
    ]
    silent = sorted(has_left - facts.sent.keys())
    differences += [f"message {id_} : envoyé, et rien n'en est publié" for id_ in silent]
    return Check("messages envoyés", len(published | has_left), differences)
