"""What is put on paper: a book, and a copy of everything that is kept about a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import Response

from chassis import printed
from chassis.communes import name_of
from chassis.db import Transaction
from chassis.web.french import day, moment, phone
from contracts.ids import BeneficiaryId, BookId
from services.prescription import queries, usecases, wording
from services.prescription.model import Agent, Beneficiary, Book
from services.prescription.usecases.readings import BY_ITS_CENTRE

TEMPLATES = Path(__file__).parents[1] / "templates"

Told = Mapping[str, Any]


def answer(template: str, told: Told, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(printed.pdf(TEMPLATES / template, told), headers=headers, media_type="application/pdf")


async def book_told(tx: Transaction, book_id: BookId, agent: Agent) -> Told:
    """Handing a book over is a reading too."""
    book = await queries.book(tx, book_id)
    person = await queries.person(tx, book.beneficiary_id)
    await usecases.record(tx, person.id, agent, "book", BY_ITS_CENTRE if agent.follows(person) else "chéquier imprimé")
    centre = await queries.centre(tx, book.centre_id)
    return {
        "name": person.name,
        "reference": book.reference,
        "prescribed": day(book.prescribed_at),
        "until": day(book.expires_on) if book.expires_on else "",
        "state": "" if book.state == "active" else wording.BOOK_STATES[book.state],
        "centre": centre.name,
        "commune": name_of(centre.commune_insee),
        "phone": phone(centre.phone),
        "vouchers": [{"code": one.code, "qr": printed.qr(one.code), "number": one.position} for one in book.vouchers],
    }


async def copy_told(tx: Transaction, beneficiary_id: BeneficiaryId) -> Told:
    """Everything, the readings included: the person's right of access."""
    person = await queries.person(tx, beneficiary_id)
    return {
        "name": person.name,
        "facts": facts(person),
        "books": [book_line(book) for book in await queries.books_of(tx, person.id)],
        "sessions": [
            f"{moment(one.starts_at) if one.starts_at else 'date inconnue'} : {one.training}, {one.place} "
            f"{one.commune} ({wording.BOOKING_STATES[one.state]})"
            for one in await queries.bookings_of(tx, person.id)
        ],
        "notices": [
            f"{moment(one.heard_at)} : {wording.NOTICES[one.kind]} ({one.reason})"
            for one in await queries.troubled_notices(tx, person.id)
        ],
        "readings": [
            f"{moment(one.at)} : {one.name}, {wording.READ_AS[one.what]} ({one.why})"
            for one in await queries.readings_of(tx, person.id)
        ],
    }


def book_line(book: Book) -> str:
    changes = "".join(
        f" ; {wording.CHANGES[one.kind]} le {day(one.at)} par {one.by_name} "
        f"({wording.of(wording.CHANGE_REASONS, one.reason)}{', ' + one.note if one.note else ''})"
        for one in book.changes
    )
    return (
        f"{book.reference}, prescrit le {day(book.prescribed_at)}, {wording.of(wording.NEEDS, book.need)} : "
        f"{book.available} à utiliser, {book.held} réservés, {book.consumed} utilisés, {book.void} annulés, "
        f"{book.expired} périmés{changes}"
    )


def facts(person: Beneficiary) -> list[tuple[str, str]]:
    audiences = ", ".join(wording.of(wording.AUDIENCES, one) for one in person.audiences)
    needs = ", ".join(wording.of(wording.SUPPORT, one) for one in person.support_needs)
    refused = ", ".join(wording.of(wording.CHANNELS, one) for one in person.opt_outs)
    return [
        ("Prénom", person.first_name),
        ("Nom", person.last_name),
        ("Date de naissance", day(person.birth_date)),
        ("Commune", name_of(person.commune_insee)),
        ("Téléphone", phone(person.phone) or "aucun"),
        ("E-mail", person.email or "aucun"),
        ("Adresse postale", person.postal_address or "aucune"),
        ("À prévenir par", wording.of(wording.CHANNELS, person.channel)),
        ("Ne veut plus être prévenu par", refused or "rien"),
        ("Langue", wording.of(wording.LANGUAGES, person.language_level)),
        ("Pour être à l'aise", needs or "rien de particulier"),
        ("Situation", (audiences or "non précisée") + (" (MSA)" if person.msa else "")),
        ("Inscription", moment(person.registered_at)),
        ("Heures suivies", str(person.hours_followed)),
    ]
