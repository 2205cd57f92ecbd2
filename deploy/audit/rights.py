"""Books, vouchers and wallets: the ledger, prescription's replica, notifications', and what was published last."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from deploy.audit.comparing import Comparison, Statements
from deploy.audit.world import World, stated

USES = ("available", "held", "consumed", "void", "expired")


def books(world: World) -> Comparison:
    prescribed = {
        id_: (world.facts.person(UUID(state["beneficiary_id"])), tuple(map(UUID, state["voucher_ids"])), 1)
        for id_, state in world.facts.books.items()
        if not world.facts.is_forgotten(UUID(state["beneficiary_id"]))
    }
    return Comparison(
        "chéquiers",
        "chéquier",
        ("personne", "chèques", "porteurs"),
        {
            "prescription": _held(world.rows("prescription", "books")),
            "bus": prescribed,
            "booking": _held(world.of_somebody(world.rows("booking", "books")), "owners"),
            "notifications": stated(world.rows("notifications", "books"), "beneficiary_id", "", ""),
        },
    )


def _held(rows: Iterable[asyncpg.Record], owners: str = "") -> Statements:
    return {row["id"]: (row["beneficiary_id"], tuple(row["vouchers"]), row[owners] if owners else None) for row in rows}


def vouchers(world: World) -> Comparison:
    """Of each book, how many of its five vouchers are where."""
    somebodys = {row["id"] for row in world.of_somebody(world.rows("booking", "books"))}
    ledger, states = (
        {id_: value for id_, value in stated(world.rows("booking", question), *USES).items() if id_ in somebodys}
        for question in ("ledger", "vouchers")
    )
    published = {
        UUID(use["book_id"]): tuple(use[name] for name in USES)
        for person, state in world.facts.states["wallet"].items()
        if not world.facts.is_forgotten(person)
        for use in state["books"]
    }
    return Comparison(
        "chèques des chéquiers",
        "chéquier",
        ("disponibles", "réservés", "utilisés", "annulés", "périmés"),
        {
            "registre": ledger,
            "booking": states,
            "bus": published,
            "prescription": stated(world.rows("prescription", "books"), *USES),
            "notifications": stated(world.rows("notifications", "books"), "available", "", "", "", ""),
        },
    )


def wallets(world: World) -> Comparison:
    """Hours of bookings that are nobody's any more still count in the wallet: the sum is a lower bound."""
    facts, people = world.facts, world.facts.people
    mine = [row for row in world.rows("booking", "wallets") if row["id"] in people]
    published = {
        person: (state["version"], state["hours_followed"], 0)
        for person, state in facts.states["wallet"].items()
        if not facts.is_forgotten(person)
    }
    records = stated(world.rows("prescription", "people"), "wallet_version", "hours_followed", "")
    return Comparison(
        "portefeuilles",
        "personne",
        ("version", "heures suivies", "heures de trop"),
        {
            "booking": {
                row["id"]: (row["version"], row["hours_followed"], max(0, row["attended"] - row["hours_followed"]))
                for row in mine
            },
            "bus": published,
            "prescription": {id_: value for id_, value in _alive(world, records).items() if id_ in published}
            | dict.fromkeys(facts.merged, (None, None, None)),
        },
        owner="booking",
    )


def _alive(world: World, records: Statements) -> Statements:
    return {id_: value for id_, value in records.items() if not world.facts.is_forgotten(id_)}


def merges(world: World) -> Comparison:
    """Of two records that became one."""
    published = {
        merged: (world.facts.person(merged),) for merged in world.facts.merged if not world.facts.is_forgotten(merged)
    }
    questions = {"prescription": "merges", "booking": "aliases", "notifications": "merged"}
    known = {
        service: {row["merged_id"]: (row["kept_id"],) for row in world.rows(service, question)}
        for service, question in questions.items()
    }
    return Comparison("fiches réunies", "fiche", ("sous",), {"bus": published, **known})
