"""The rows of the small county of `audit_world`, in the four databases as their migrations make them."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg

from tests.deploy import audit_world as county
from tests.deploy.audit_world import (
    BOOK,
    CANCELLED,
    CENTRE,
    CONFIRMED,
    CONTACT,
    ENDS,
    MEDIATOR,
    NOTICE,
    NOW,
    OF_THE_SESSION,
    OTHER,
    PERSON,
    PLACE,
    PRESCRIBER,
    SESSION,
    SPACE,
    STARTS,
    TRAINING,
    USE,
    VOUCHERS,
)

COLUMNS = """
    SELECT column_name, udt_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL
        AND is_identity = 'NO'
"""
BLANKS: dict[str, Any] = {
    "text": "", "int4": 0, "bool": False, "timestamptz": NOW, "jsonb": "{}", "_text": [], "_uuid": [], "_int4": [],
    "date": date(1951, 2, 28),
}  # fmt: skip

Insert = Callable[..., Awaitable[None]]


async def insert(connection: asyncpg.Connection, table: str, **values: Any) -> None:
    """What is not given and may not be null is blank."""
    for column, kind in await connection.fetch(COLUMNS, table):
        values.setdefault(column, uuid4() if kind == "uuid" else BLANKS.get(kind))
    names, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())  # noqa: S608 - ours


async def prescription(insert: Insert) -> None:
    centre = {"id": CENTRE, "version": 1, "name": "Centre", "kind": "social_centre", "commune_insee": "26108"}
    await insert("centres", **centre, is_open=True)
    await insert("prescribers", id=PRESCRIBER, centre_id=CENTRE, active=True)
    contact = {name: value for name, value in CONTACT.items() if name != "last_initial"}
    known = {"last_name": "Vernet", "commune_insee": "26108", "registered_by": PRESCRIBER, "wallet_version": 4}
    await insert("beneficiaries", id=PERSON, version=2, **contact, **known)
    book = {"id": BOOK, "rank": 1, "state": "active", "need": "work", "current": True}
    await insert("books", **book, beneficiary_id=PERSON, centre_id=CENTRE, prescriber_id=PRESCRIBER, **USE)
    for position, voucher in enumerate(VOUCHERS, 1):
        await insert("vouchers", id=voucher, book_id=BOOK, position=position, code=str(voucher), state="available")
    for booking, state in ((CONFIRMED, "confirmed"), (CANCELLED, "cancelled")):
        known = {"session_id": SESSION, "starts_at": STARTS, "ends_at": ENDS, "state": state}
        await insert("bookings", id=booking, beneficiary_id=PERSON, **known)


async def catalogue(insert: Insert) -> None:
    await insert("centres", id=CENTRE, version=1, name="Centre", open=True)
    training = {"id": TRAINING, "version": 1, "state": "published", "title": "Courriel", "hours": 1}
    await insert("trainings", **training, code="MAIL-01", level="débutant")
    await insert("training_versions", training_id=TRAINING, version=1, state="published")
    await insert("mediators", id=MEDIATOR, version=1, name="Karim", phone="+33465710002", in_post=True)
    await insert("spaces", id=SPACE, version=1, state="listed", seats=4)
    days = asyncpg.Range(NOW.date() - timedelta(days=9), NOW.date() + timedelta(days=90))
    await insert("labels", space_id=SPACE, valid=days)
    known = {"mediator_id": MEDIATOR, "training_id": TRAINING, "training_version": 1, "space_id": SPACE}
    day = asyncpg.Range(STARTS.date(), STARTS.date() + timedelta(days=1))
    when = {"during": asyncpg.Range(STARTS, ENDS), "labelled_on": day}
    counts = {"capacity": 4, "taken": 1, "fill_version": 3}
    await insert("sessions", id=SESSION, version=3, state="scheduled", **known, **when, **counts)


async def booking(insert: Insert) -> None:
    training = {"id": TRAINING, "version": 1, "published": True, "title": "Courriel", "hours": 1}
    await insert("trainings", **training, level="débutant")
    await insert("mediators", id=MEDIATOR, version=1, name="Karim", phone="+33465710002", in_post=True)
    counts = {"capacity": 4, "told_capacity": 4, "seats_given": 1, "fill_version": 3, "price": 1}
    known = {"place": PLACE.model_dump_json(), "space_id": SPACE, "state": "scheduled"}
    await insert("sessions", id=SESSION, version=3, **known, **OF_THE_SESSION, **counts)
    await insert("people", beneficiary_id=PERSON, contact_version=2, first_name="Démo Odile", last_initial="V",
                 channel="sms", centre_id=CENTRE)  # fmt: skip
    for person, version in ((PERSON, 4), (OTHER, 0)):
        await insert("wallets", beneficiary_id=person, version=version)
    for id_, state in ((CONFIRMED, "confirmed"), (CANCELLED, "cancelled")):
        when = {"starts_at": STARTS, "ends_at": ENDS, "price": 1, "seat": 1, "by_kind": "mediator"}
        await insert("bookings", id=id_, session_id=SESSION, beneficiary_id=PERSON, state=state, code=str(id_), **when)
    for position, voucher in enumerate(VOUCHERS, 1):
        await _voucher(insert, position, voucher)


async def _voucher(insert: Insert, position: int, voucher: object) -> None:
    """The first is held, the others were never touched."""
    held = position == 1
    state = {"state": "held", "moves": 1, "booking_id": CONFIRMED} if held else {"state": "available"}
    await insert("vouchers", id=voucher, beneficiary_id=PERSON, book_id=BOOK, rank=1, position=position, **state)
    move = {"voucher_id": voucher, "beneficiary_id": PERSON, "by_kind": "mediator"}
    await insert("ledger", **move, state_after="available")
    if held:
        again = {"number": 1, "previous": 0, "state_before": "available", "state_after": "held"}
        await insert("ledger", **move, **again, booking_id=CONFIRMED)


async def notifications(insert: Insert) -> None:
    await insert("centres", id=CENTRE, version=1, name="Centre")
    await insert("mediators", id=MEDIATOR, version=1, name="Karim", phone="+33465710002")
    when = {"mediator_id": MEDIATOR, "starts_at": STARTS, "ends_at": ENDS}
    await insert("sessions", id=SESSION, version=3, place=PLACE.model_dump_json(), **when)
    await insert("contacts", beneficiary_id=PERSON, version=2, **CONTACT)
    await insert("books", id=BOOK, beneficiary_id=PERSON, available=4, version=4)
    for id_, state in ((CONFIRMED, "confirmed"), (CANCELLED, "cancelled")):
        who = {"session_id": SESSION, "beneficiary_id": PERSON, "starts_at": STARTS, "ends_at": ENDS}
        await insert("bookings", id=id_, state=state, **who)
    told = {"beneficiary_id": PERSON, "channel": "sms", "state": "sent", "provider": "ovh", "sent_at": NOW}
    await insert("notices", id=NOTICE, about_id=CONFIRMED, kind="booking_confirmed", **told)
    for kind in ("booking_confirmed", "booking_cancelled"):
        await insert("notices", about_id=CANCELLED, kind=kind, beneficiary_id=PERSON, state="dropped")


WRITTEN = {
    "prescription": prescription,
    "catalogue": catalogue,
    "booking": booking,
    "notifications": notifications,
}


async def write(service: str, connection: asyncpg.Connection) -> None:
    async with connection.transaction():
        await county.forget(connection)
        await WRITTEN[service](partial(insert, connection))
