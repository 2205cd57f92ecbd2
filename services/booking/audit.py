"""`python -m services.booking audit`: what the schema can't hold by itself is looked at. Exit status 1 says where."""

import sys
from collections.abc import AsyncIterator

from sqlalchemy import text

from chassis.db import Reading
from chassis.runtime import Runtime

QUESTIONS = {
    "chèque dont l'état n'est pas le dernier mouvement de son registre": """
        SELECT v.id FROM vouchers v LEFT JOIN LATERAL (
            SELECT number, state_after FROM ledger l WHERE l.voucher_id = v.id ORDER BY number DESC LIMIT 1
        ) last ON true
        WHERE (v.state, v.moves) IS DISTINCT FROM (last.state_after, last.number)
    """,
    "chèque réservé sans réservation en cours": """
        SELECT v.id FROM vouchers v LEFT JOIN bookings b ON b.id = v.booking_id
        WHERE v.state = 'held' AND (b.state IS DISTINCT FROM 'confirmed' OR b.beneficiary_id <> v.beneficiary_id)
    """,
    "réservation qui ne tient pas son nombre de chèques": """
        SELECT b.id FROM bookings b LEFT JOIN vouchers v ON v.booking_id = b.id AND v.state = 'held'
        WHERE b.state = 'confirmed' GROUP BY b.id, b.price HAVING count(v.id) <> b.price
    """,
    "personne dont les heures ne sont pas celles de ses présences": """
        SELECT w.beneficiary_id FROM wallets w LEFT JOIN bookings b
            ON b.beneficiary_id = w.beneficiary_id AND b.state = 'attended'
        GROUP BY w.beneficiary_id HAVING w.hours_followed < coalesce(sum(b.price), 0)
    """,
    "séance dont les places ne font pas le compte": """
        SELECT s.id FROM sessions s LEFT JOIN bookings b ON b.session_id = s.id
        GROUP BY s.id HAVING s.seats_given - cardinality(s.seats_back)
                <> count(*) FILTER (WHERE b.state IN ('confirmed', 'attended', 'missed', 'offered'))
            OR s.offered <> count(*) FILTER (WHERE b.state = 'offered')
    """,
    "séance dont une place est libre et prise": """
        SELECT s.id FROM sessions s JOIN bookings b ON b.session_id = s.id AND b.seat = ANY(s.seats_back)
        WHERE b.state IN ('confirmed', 'offered', 'attended', 'missed')
    """,
    "séance dont la liste d'attente ne fait pas le compte": """
        SELECT s.id FROM sessions s LEFT JOIN waiting w ON w.session_id = s.id
        GROUP BY s.id HAVING s.waiting <> count(w.beneficiary_id)
    """,
}


async def faults(reading: Reading) -> AsyncIterator[str]:
    """Ask each question; «what is wrong : where» is a line of its own."""
    for question, query in QUESTIONS.items():
        for row in await reading.scalars(text(query)):
            yield f"{question} : {row}"


async def audit(runtime: Runtime, _: list[str]) -> None:
    async with runtime.database.reading() as reading:
        wrong = [fault async for fault in faults(reading)]
    if wrong:
        sys.exit("\n".join([*wrong, f"{len(wrong)} écarts"]))
    print(f"{len(QUESTIONS)} questions posées, aucun écart")
