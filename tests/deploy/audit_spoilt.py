"""How the small county is spoilt behind the services' backs, and the difference that must be named for it."""
# ruff: noqa: S608 - statements with ids of our own

from collections.abc import Callable, Mapping

from contracts.booking import SessionFilled
from deploy.audit.bus import Event
from tests.deploy import audit_world
from tests.deploy.audit_world import BOOK, CANCELLED, CENTRE, CONFIRMED, ERASED, NOTICE, PERSON, SESSION, record

Spoil = Callable[[list[Event]], list[Event]]

SEAT_TOO_MANY = f"""
    INSERT INTO bookings (id, session_id, beneficiary_id, seat, state, starts_at, ends_at, price, moved, booked_at,
        by_kind, code)
    SELECT gen_random_uuid(), session_id, beneficiary_id, 2, 'missed', starts_at, ends_at, price, moved, booked_at,
        by_kind, 'more' FROM bookings WHERE id = '{CONFIRMED}'
"""
BY_SQL = {
    "a seat too many": ("booking", SEAT_TOO_MANY, f"places des séances : séance {SESSION} : prises réservations=2, c"),
    "a seat that catalogue lost": ("catalogue", "UPDATE sessions SET taken = 0", f"{SESSION} : prises ou proposées"),
    "a voucher moved without its ledger": (
        "booking",
        "UPDATE vouchers SET state = 'consumed' WHERE state = 'held'",
        f"chèques des chéquiers : chéquier {BOOK} : réservés registre=1, booking=0",
    ),
    "a voucher that is another person's": (
        "booking",
        f"UPDATE vouchers SET beneficiary_id = '{audit_world.OTHER}' WHERE position = 5",
        f"chéquiers : chéquier {BOOK} : porteurs bus=1, booking=2",
    ),
    "a book that prescription counts otherwise": (
        "prescription",
        "UPDATE books SET available = 5, held = 0",
        f"chèques des chéquiers : chéquier {BOOK} : disponibles registre=4",
    ),
    "a booking that holds too few vouchers": (
        "booking",
        f"UPDATE bookings SET price = 2 WHERE id = '{CONFIRMED}'",
        f"chèques des réservations : réservation {CONFIRMED} : 1 chèques tenus pour 2",
    ),
    "hours that nobody gave": (
        "prescription",
        "UPDATE beneficiaries SET hours_followed = 3",
        f"portefeuilles : personne {PERSON} : heures suivies booking=0, bus=0, prescription=3",
    ),
    "a lost notice": (
        "notifications",
        f"DELETE FROM notices WHERE about_id = '{CANCELLED}' AND kind = 'booking_cancelled'",
        f"avis d'annulation : réservation {CANCELLED} : absent de notifications",
    ),
    "a notice too many": (
        "notifications",
        "UPDATE notices SET kind = 'booking_confirmed', edition = 1 WHERE kind = 'booking_cancelled'",
        f"avis de réservation : réservation {CANCELLED} : avis prévus bus=1, notifications=2",
    ),
    "a lost booking": (
        "notifications",
        f"DELETE FROM bookings WHERE id = '{CONFIRMED}'",
        f"réservations : réservation {CONFIRMED} : absent de notifications",
    ),
    "a booking that prescription takes for cancelled": (
        "prescription",
        f"UPDATE bookings SET state = 'cancelled' WHERE id = '{CONFIRMED}'",
        f"réservations : réservation {CONFIRMED} : état booking=confirmed, bus=confirmed, prescription=cancelled",
    ),
    "a replica ahead of its owner": (
        "booking",
        "UPDATE sessions SET version = version + 1",
        f"répliques en avance : séance {SESSION} : booking a la version 4, catalogue n'a que la 3",
    ),
    "an owner put back to an earlier moment": (
        "catalogue",
        "UPDATE sessions SET version = version - 1",
        f"répliques en avance : séance {SESSION} : bus a la version 3, catalogue n'a que la 2",
    ),
    "an erased person's row that is back": (
        "notifications",
        f"INSERT INTO opt_outs (id, beneficiary_id, channel, at) VALUES (gen_random_uuid(), '{ERASED}', 'sms', now())",
        f"personnes effacées : personne {ERASED} : encore nommée dans notifications opt_outs.beneficiary_id",
    ),
    "an erased person in a list of ids": (
        "catalogue",
        f"UPDATE mediators SET space_ids = ARRAY['{ERASED}'::uuid]",
        f"personnes effacées : personne {ERASED} : encore nommée dans catalogue mediators.space_ids",
    ),
    "an erased person on no list of the erased": (
        "catalogue",
        "DELETE FROM erased",
        f"personnes effacées : personne {ERASED} : absente de la liste des effacées de catalogue",
    ),
    "a telephone that differs": (
        "notifications",
        "UPDATE contacts SET phone = '+33639981002'",
        f"contacts : personne {PERSON} : coordonnées prescription=",
    ),
    "a centre that catalogue does not know": (
        "catalogue",
        "DELETE FROM centres",
        f"centres : centre {CENTRE} : absent de catalogue",
    ),
    "a notice that was sent and is forgotten": (
        "notifications",
        f"DELETE FROM notices WHERE id = '{NOTICE}'",
        f"messages envoyés : message {NOTICE} : publié comme envoyé, inconnu de notifications",
    ),
}


def without(kind: str, *, last: bool = True) -> Spoil:
    def spoil(events: list[Event]) -> list[Event]:
        places = [place for place, event in enumerate(events) if event.type == kind]
        del events[places[-1 if last else 0]]
        return events

    return spoil


FILLED_AGAIN = SessionFilled(session_id=SESSION, version=4, taken=2, offered=0, waiting=0)
ON_THE_BUS: Mapping[str, tuple[Spoil, str]] = {
    "a lost wallet event": (without("wallet.changed"), f"chéquier {BOOK} : disponibles registre=4, booking=4, bus=5"),
    "a lost confirmation": (without("booking.confirmed"), f"réservation {CONFIRMED} : absent de bus"),
    "a lost book": (without("book.prescribed"), f"chéquiers : chéquier {BOOK} : absent de bus"),
    "seats that booking does not know of": (
        lambda events: [*events, record(FILLED_AGAIN)],
        f"répliques en avance : séance {SESSION} : bus a la version 4, booking n'a que la 3",
    ),
    "an old contact published last": (
        lambda events: [*events, record(audit_world.stated(1))],
        f"contacts : personne {PERSON} : version prescription=2, bus=1",
    ),
    "an erasure without an answer": (
        without("erasure.completed"),
        f"personnes effacées : personne {ERASED} : sans réponse de notifications",
    ),
    "news of an erased person after the answer": (
        lambda events: [*events, record(audit_world.cancelled(CANCELLED, ERASED))],
        "personnes effacées : bus : booking.cancelled",
    ),
    "a notice that nobody published": (without("notice.sent"), f"messages envoyés : message {NOTICE} : envoyé, et"),
}


OUTBOX = "INSERT INTO outbox (event_id, topic, key, headers) VALUES (gen_random_uuid(), 'booking.events', 'k', '{}')"
PARKED = """
    INSERT INTO parked (topic, partition, "offset", header_names, header_values, error)
    VALUES ('catalogue.events', 0, 1, '{}', '{}', 'x')
"""
UNDER_WAY = {
    "booking : 1 messages à publier": ("booking", OUTBOX),
    "catalogue : 1 messages mis de côté": ("catalogue", PARKED),
    "notifications : 1 messages aux habitants sur le départ": (
        "notifications",
        f"UPDATE notices SET state = 'sending' WHERE id = '{NOTICE}'",
    ),
}
