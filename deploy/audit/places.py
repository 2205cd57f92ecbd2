"""Sessions, trainings, spaces, mediators and centres: their owner, its topic, and the replicas of the others."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from deploy.audit.comparing import Comparison, Statements
from deploy.audit.facts import State
from deploy.audit.world import World, moment, stated

OF_A_SESSION = ("version", "state", "training_id", "space_id", "mediator_id", "starts_at", "ends_at", "capacity")


def sessions(world: World) -> Comparison:
    """Notifications does not hear that one is cancelled: it is told booking by booking."""
    published = world.facts.states["session"]
    cancelled = {id_ for id_, state in published.items() if state["type"] == "session.cancelled"}
    known = stated(world.rows("notifications", "sessions"), "version", "", "", "", *OF_A_SESSION[4:7], "")
    return Comparison(
        "séances",
        "séance",
        ("version", "état", "formation", "espace", "médiateur", "début", "fin", "places"),
        {
            "catalogue": _recent(world, stated(world.rows("catalogue", "sessions"), *OF_A_SESSION)),
            "bus": _recent(world, {id_: _session(state) for id_, state in published.items()}),
            "booking": _recent(world, stated(world.rows("booking", "sessions"), *OF_A_SESSION)),
            "notifications": _recent(
                world, {id_: (None, *value[1:]) if id_ in cancelled else value for id_, value in known.items()}
            ),
        },
        owner="catalogue",
    )


def _recent(world: World, sessions: Statements) -> Statements:
    return {id_: value for id_, value in sessions.items() if world.is_recent(value[6])}  # type: ignore[arg-type]


def _session(state: State) -> tuple[object, ...]:
    """A cancellation carries its version alone: the rest is as it was stated before."""
    return (
        state["version"],
        "cancelled" if state["type"] == "session.cancelled" else "scheduled",
        UUID(state["training_id"]),
        UUID(state["place"]["space_id"]),
        UUID(state["mediator_id"]),
        moment(state["starts_at"]),
        moment(state["ends_at"]),
        state["capacity"],
    )


def trainings(world: World) -> Comparison:
    columns = ("version", "published", "title", "hours")
    published = {
        id_: (state["version"], state["type"] != "training.withdrawn", state["title"], state["hours"])
        for id_, state in world.facts.states["training"].items()
    }
    known = {service: stated(world.rows(service, "trainings"), *columns) for service in ("catalogue", "booking")}
    sources = {"catalogue": known["catalogue"], "bus": published, "booking": known["booking"]}
    return Comparison("formations", "formation", ("version", "publiée", "titre", "heures"), sources, owner="catalogue")


def spaces(world: World) -> Comparison:
    """No other service has a replica: a session carries its place."""
    published = {
        id_: (state["version"], state["type"] == "space.closed", state["seats"])
        for id_, state in world.facts.states["space"].items()
    }
    listed = stated(world.rows("catalogue", "spaces"), "version", "closed", "seats")
    sources = {"catalogue": listed, "bus": published}
    return Comparison("espaces", "espace", ("version", "fermé", "places"), sources, owner="catalogue")


def mediators(world: World) -> Comparison:
    published = {
        id_: (
            state["version"],
            state["type"] == "mediator.posted",
            _reached(world, world.facts.mediators.get(id_)),
            frozenset(map(UUID, state["space_ids"])),
        )
        for id_, state in world.facts.states["mediator"].items()
    }
    sources: Mapping[str, Statements] = {
        "catalogue": _mediators(world, world.rows("catalogue", "mediators")),
        "bus": published,
        "booking": _mediators(world, world.rows("booking", "mediators")),
        "notifications": {
            row["id"]: (row["version"] if row["name"] else None, None, _reached(world, row), None)
            for row in world.rows("notifications", "mediators")
        },
    }
    fields = ("version", "en poste", "nom et téléphone", "espaces")
    return Comparison("médiateurs", "médiateur", fields, sources, owner="catalogue")


def _reached(world: World, known: Mapping[str, Any] | None) -> str | None:
    """Of who has left, catalogue alone knows how they were called."""
    return world.hidden(known["name"], known["phone"]) if known and known["name"] else None


def _mediators(world: World, rows: Iterable[asyncpg.Record]) -> Statements:
    return {
        row["id"]: (
            row["version"],
            row["in_post"],
            _reached(world, row if row["in_post"] else None),
            frozenset(row["space_ids"]),
        )
        for row in rows
    }


def centres(world: World) -> Comparison:
    published = {
        id_: (state["version"], state["type"] != "centre.closed", world.hidden(state["name"], state["phone"]))
        for id_, state in world.facts.states["centre"].items()
    }
    open_column = {"prescription": "is_open", "catalogue": "open", "notifications": ""}
    known = {
        service: {
            row["id"]: (row["version"], row[column] if column else None, world.hidden(row["name"], row["phone"]))
            for row in world.rows(service, "centres")
        }
        for service, column in open_column.items()
    }
    fields = ("version", "ouvert", "nom et téléphone")
    return Comparison("centres", "centre", fields, {"bus": published, **known}, owner="prescription")
