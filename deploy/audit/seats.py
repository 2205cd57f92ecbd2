"""Seats, bookings and hours: booking's own rows and counters, catalogue's figure, what was published last."""

from uuid import UUID

from deploy.audit.comparing import Check, Comparison, Statements
from deploy.audit.world import World, moment, stated

COARSE = {"confirmed": "confirmed", "cancelled": "cancelled", "attended": "over", "missed": "over"}


def seats(world: World) -> Comparison:
    """Catalogue counts a seat that is offered as taken."""
    counted = {
        row["id"]: _seats(row["taken"], row["offered"], row["waiting"]) for row in world.rows("booking", "seats")
    }
    counters = {
        row["id"]: _seats(row["taken"], row["offered"], row["waiting"]) for row in world.rows("booking", "sessions")
    }
    filled = {
        id_: _seats(state["taken"], state["offered"], state["waiting"]) for id_, state in world.facts.filled.items()
    }
    shown = {row["id"]: (None, None, row["taken"], row["waiting"]) for row in world.rows("catalogue", "sessions")}
    never = {id_: _seats(0, 0, 0) for id_ in world.facts.states["session"]}
    return Comparison(
        "places des séances",
        "séance",
        ("prises", "proposées", "prises ou proposées", "en attente"),
        {"réservations": counted, "compteurs": counters, "bus": {**never, **filled}, "catalogue": shown},
    )


def _seats(taken: int, offered: int, waiting: int) -> tuple[object, ...]:
    return taken, offered, taken + offered, waiting


def fill_versions(world: World) -> Comparison:
    filled = {id_: (state["version"],) for id_, state in world.facts.filled.items()}
    return Comparison(
        "versions des places",
        "séance",
        ("version",),
        {
            "booking": stated(world.rows("booking", "sessions"), "fill_version"),
            "bus": {**dict.fromkeys(world.facts.states["session"], (0,)), **filled},
            "catalogue": stated(world.rows("catalogue", "sessions"), "fill_version"),
        },
        owner="booking",
    )


def bookings(world: World) -> Comparison:
    """Notifications only distinguishes what is to come from what is over."""
    known = {
        row["id"]: (None, "over" if row["state"] == "over" else row["state"], row["starts_at"], row["beneficiary_id"])
        for row in world.rows("notifications", "bookings")
    }
    return Comparison(
        "réservations",
        "réservation",
        ("état", "stade", "début", "personne"),
        {
            "booking": _booked(world, "booking"),
            "bus": _published(world),
            "prescription": _booked(world, "prescription"),
            "notifications": known,
        },
    )


def _booked(world: World, service: str) -> Statements:
    rows = world.of_somebody(world.rows(service, "bookings"))
    return {row["id"]: (row["state"], COARSE[row["state"]], row["starts_at"], row["beneficiary_id"]) for row in rows}


def _published(world: World) -> Statements:
    seats: dict[UUID, tuple[object, ...]] = {}
    for id_, state in world.facts.bookings.items():
        person, starts_at = UUID(state["beneficiary_id"]), moment(state["starts_at"])
        if world.is_recent(moment(state["ends_at"])) and not world.facts.is_forgotten(person):
            seats[id_] = (state["state"], COARSE[state["state"]], starts_at, world.facts.person(person))
    return seats


def held(world: World) -> Check:
    """A confirmed booking holds as many vouchers as it costs."""
    rows = world.rows("booking", "held")
    wrong = [row for row in rows if row["vouchers"] != row["price"]]
    differences = [f"réservation {row['id']} : {row['vouchers']} chèques tenus pour {row['price']}" for row in wrong]
    return Check("chèques des réservations", len(rows), differences)
