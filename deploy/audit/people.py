"""Contacts: prescription's record, the compacted topic, what notifications and booking know; and the erased."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import asyncpg

from deploy.audit.comparing import Check, Comparison, Statements
from deploy.audit.world import World

NAMES, REACHED = ("first_name", "last_initial", "channel"), ("phone", "email", "centre_id")
CLAIMS = {"prescription", "catalogue", "booking", "notifications"}


def contacts(world: World) -> Comparison:
    """Booking knows no more than a name and a channel; of a merged record it may still have that."""
    published = {id_: _hidden(world, body) for id_, body in world.facts.contacts.items() if body is not None}
    people = _of(world, world.rows("booking", "people"), reached=False)
    return Comparison(
        "contacts",
        "personne",
        ("version", "nom et moyen", "coordonnées"),
        {
            "prescription": _of(world, world.rows("prescription", "people")),
            "bus": published,
            "notifications": _of(world, world.rows("notifications", "contacts")),
            "booking": {id_: value for id_, value in people.items() if id_ not in world.facts.merged},
        },
        owner="prescription",
    )


def _of(world: World, rows: Iterable[asyncpg.Record], *, reached: bool = True) -> Statements:
    return {row["id"]: _hidden(world, row, reached=reached) for row in rows}


def _hidden(world: World, state: Mapping[str, Any], *, reached: bool = True) -> tuple[object, ...]:
    names = world.hidden(*[str(state[name]) for name in NAMES])
    return state["version"], names, world.hidden(*[str(state[name]) for name in REACHED]) if reached else None


def erased(world: World) -> Check:
    """Each service answered, has the digest, and names them nowhere; nothing was published of them afterwards."""
    facts, differences = world.facts, []
    for person in sorted(facts.erased):
        differences += [f"personne {person} : {fault}" for fault in _remains(world, person)]
    for event in facts.after_erasure:
        differences.append(f"bus : {event.type} {event.id} parle d'une personne dont {event.topic} a dit l'oubli")
    return Check("personnes effacées", len(facts.erased), differences)


def _remains(world: World, person: UUID) -> Iterable[str]:
    facts = world.facts
    silent = [name for name in sorted(CLAIMS) if not {(name, person), (name, facts.person(person))} & facts.answers]
    if silent:
        yield f"sans réponse de {', '.join(silent)}"
    if facts.contacts.get(person) is not None:
        yield "le contact est encore sur le bus"
    for service, traces in world.traces.items():
        if person not in traces.digests:
            yield f"absente de la liste des effacées de {service}"
        yield from (f"encore nommée dans {service} {column}" for column, id_ in traces.rows if id_ == person)
