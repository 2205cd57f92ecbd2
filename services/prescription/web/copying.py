"""The copy that a person may ask for: what this service keeps about them, who read it and who decided what."""

from chassis.communes import name_of
from chassis.db import Transaction
from chassis.web.french import counted, day, moment, phone
from contracts.ids import BeneficiaryId
from services.prescription import queries, wording
from services.prescription.model import Beneficiary, Book, Double
from services.prescription.web.printing import Told


async def copy_told(tx: Transaction, beneficiary_id: BeneficiaryId) -> Told:
    """Everything, the readings included: the person's right of access."""
    person = await queries.person(tx, beneficiary_id)
    return {
        "name": person.name,
        "facts": [*facts(person), *await places(tx, person)],
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
        "decisions": await decisions(tx, person),
    }


async def places(tx: Transaction, person: Beneficiary) -> list[tuple[str, str]]:
    """Who registered the person, and who follows them."""
    centre = await queries.centre(tx, person.preferred_centre_id or person.centre_id)
    by = await queries.named(tx, person.registered_by)
    return [("Inscription", f"{moment(person.registered_at)}, par {by.name}"), ("Centre qui vous suit", centre.name)]


async def decisions(tx: Transaction, person: Beneficiary) -> list[str]:
    """Whether the record was thought to be another's; that other person is not named."""
    merges = [
        f"{moment(one.at)} : {wording.OUTCOMES['merged']}, par {one.by} ({one.reason})"
        for one in await queries.merged_into(tx, person.id)
    ]
    doubles = await queries.doubles_about(tx, person.id)
    return [*merges, *(double_line(one) for one in doubles if one.outcome != "merged")]


def double_line(double: Double) -> str:
    because = ", ".join(wording.BECAUSE[one] for one in double.because)
    if double.outcome is None or double.decided_at is None:
        return f"{moment(double.asked_at)} : une autre fiche ressemble à la vôtre ({because}), pas encore tranché"
    outcome = wording.OUTCOMES[double.outcome]
    return f"{moment(double.decided_at)} : {outcome} ({because}), par {double.decided_by} ({double.reason})"


def book_line(book: Book) -> str:
    changes = "".join(
        f" ; {wording.CHANGES[one.kind]} le {day(one.at)} par {one.by_name} "
        f"({wording.of(wording.CHANGE_REASONS, one.reason)}{', ' + one.note if one.note else ''})"
        for one in book.changes
    )
    return (
        f"{book.reference}, prescrit le {day(book.prescribed_at)}, {wording.of(wording.NEEDS, book.need)} : "
        f"{book.available} à utiliser, {counted(book.held, 'réservé')}, {counted(book.consumed, 'utilisé')}, "
        f"{counted(book.void, 'annulé')}, {counted(book.expired, 'périmé')}{changes}"
    )


def facts(person: Beneficiary) -> list[tuple[str, str]]:
    audiences = ", ".join(wording.of(wording.AUDIENCES, one) for one in person.audiences)
    needs = ", ".join(wording.of(wording.SUPPORT, one) for one in person.support_needs)
    quiet = ", ".join(wording.NOTICES[one] for one in person.quiet_kinds)
    refused = ", ".join(wording.of(wording.CHANNELS, one) for one in person.opt_outs)
    return [
        ("Prénom", person.first_name),
        ("Nom", person.last_name),
        ("Nom de naissance", person.birth_name or "le même"),
        ("Date de naissance", day(person.birth_date)),
        ("Commune", name_of(person.commune_insee) + (", quittée" if person.moved_away else "")),
        ("Téléphone", phone(person.phone) or "aucun"),
        ("E-mail", person.email or "aucun"),
        ("Adresse postale", person.postal_address or "aucune"),
        ("À prévenir par", wording.of(wording.CHANNELS, person.channel)),
        ("Ne veut plus être prévenu par", refused or "rien"),
        ("Messages qui ne sont plus envoyés", quiet or "aucun"),
        ("Langue", wording.of(wording.LANGUAGES, person.language_level)),
        ("Pour être à l'aise", needs or "rien de particulier"),
        ("Situation", (audiences or "non précisée") + (" (MSA)" if person.msa else "")),
        ("Heures suivies", str(person.hours_followed)),
    ]
