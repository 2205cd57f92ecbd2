"""What prescription stores of a person, in words that they read: its part of the copy (rule 27) and of the journal."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from chassis.db import Reading
from chassis.french import counted, day, moment
from contracts.copies import CopyLine, CopySection
from contracts.ids import AccountId
from county.communes import name_of
from county.copies import journal, line, named
from county.phones import phone
from services.prescription import acts, queries, wording
from services.prescription.model import (
    Beneficiary,
    Book,
    BookChange,
    Booking,
    Double,
    ErasureRequest,
    Merge,
    RecordAccess,
    TroubledNotice,
)
from services.prescription.queries.stored import Stored

KNOWN = (
    "first_name", "last_name", "birth_name", "birth_date", "commune_insee", "epci", "moved_away", "phone", "phone_kind",
    "email", "postal_address", "channel", "opt_outs", "quiet_kinds", "language_level", "support_needs", "audiences",
    "msa", "hours_followed", "first_hour_on", "last_hour_on", "registered_at",
)  # fmt: skip


def sections(stored: Stored) -> Sequence[CopySection]:
    return [
        _section("record", "Votre fiche", "Rien.", _record(stored)),
        _section("books", "Vos chéquiers", "Aucun chéquier.", [_book(stored, book) for book in stored.books]),
        _section("vouchers", "Vos chèques et leur numéro", "Aucun chèque.", _vouchers(stored)),
        _section("changes", "Ce qui a été corrigé ou annulé", "Rien.", _changes(stored)),
        _section(
            "readings", "Qui a lu ou modifié votre fiche", "Personne.", [_access(access) for access in stored.accesses]
        ),
        journal(acts.ACTS, stored.journal, stored.person.name),
        _section("merges", "Les fiches réunies à la vôtre", "Aucune.", [_merge(merge) for merge in stored.merges]),
        _section(
            "doubles",
            "Si votre fiche a été comparée à une autre",
            "Elle ne l'a pas été.",
            [_double(double) for double in stored.doubles],
        ),
        _section(
            "erasure_requests",
            "Les demandes d'effacement",
            "Aucune.",
            [_request(request) for request in stored.requests],
        ),
        *_known(stored),
    ]


def _known(stored: Stored) -> Sequence[CopySection]:
    """What other services have said."""
    return [
        _section(
            "known_bookings",
            "Vos séances, vues de votre centre",
            "Aucune.",
            [_booking(booking) for booking in stored.bookings],
        ),
        _section(
            "known_notices",
            "Les messages qui ne sont pas arrivés, vus de votre centre",
            "Aucun.",
            [_notice(notice) for notice in stored.notices],
        ),
    ]


def _section(name: str, title: str, none: str, lines: Sequence[CopyLine] | Iterator[CopyLine]) -> CopySection:
    return CopySection(name=name, title=title, none=none, lines=tuple(lines))


def _record(stored: Stored) -> Sequence[CopyLine]:
    who = stored.person
    follows = stored.centres[who.preferred_centre_id or who.centre_id]
    by = stored.prescribers[who.registered_by]
    facts = {name: getattr(who, name) for name in KNOWN}
    inscribed = ("Inscription", f"{moment(who.registered_at)}, par {by}"), ("Centre qui vous suit", follows)
    return named([*_called(who), *_reached(who), *_helped(who), *inscribed], {**facts, "registered_by": by})


def _called(who: Beneficiary) -> Sequence[tuple[str, str]]:
    return (
        ("Prénom", who.first_name),
        ("Nom", who.last_name),
        ("Nom de naissance", who.birth_name or "le même"),
        ("Date de naissance", day(who.birth_date)),
        ("Commune", name_of(who.commune_insee) + (", quittée" if who.moved_away else "")),
    )


def _reached(who: Beneficiary) -> Sequence[tuple[str, str]]:
    quiet = ", ".join(wording.NOTICES[kind] for kind in who.quiet_kinds)
    refused = ", ".join(wording.of(wording.CHANNELS, channel) for channel in who.opt_outs)
    return (
        ("Téléphone", phone(who.phone) or "aucun"),
        ("E-mail", who.email or "aucun"),
        ("Adresse postale", ", ".join((who.postal_address or "aucune").splitlines())),
        ("À prévenir par", wording.of(wording.CHANNELS, who.channel)),
        ("Ne veut plus être prévenu par", refused or "rien"),
        ("Messages qui ne sont plus envoyés", quiet or "aucun"),
    )


def _helped(who: Beneficiary) -> Sequence[tuple[str, str]]:
    audiences = ", ".join(wording.of(wording.AUDIENCES, audience) for audience in who.audiences)
    needs = ", ".join(wording.of(wording.SUPPORT, need) for need in who.support_needs)
    return (
        ("Langue", wording.of(wording.LANGUAGES, who.language_level)),
        ("Pour être à l'aise", needs or "rien de particulier"),
        ("Situation", (audiences or "non précisée") + (" (MSA)" if who.msa else "")),
        ("Heures suivies", str(who.hours_followed)),
    )


def _book(stored: Stored, book: Book) -> CopyLine:
    counts = {name: getattr(book, name) for name in ("available", "held", "consumed", "void", "expired")}
    centre, by = stored.centres[book.centre_id], stored.prescribers[book.prescriber_id]
    until = f", valable jusqu'au {day(book.expires_on)}" if book.expires_on else ""
    prescribed = f"prescrit le {moment(book.prescribed_at)} par {by} ({centre}){until}"
    words = (
        f"Chéquier n° {book.rank}, {book.reference}, {wording.BOOK_STATES[book.state]}, {prescribed}. "
        f"Besoin : {wording.of(wording.NEEDS, book.need)}. Ses chèques : {book.available} à utiliser, "
        f"{counted(book.held, 'réservé')}, {counted(book.consumed, 'utilisé')}, {counted(book.void, 'annulé')}, "
        f"{counted(book.expired, 'périmé')}."
    )
    facts = ("rank", "reference", "state", "prescribed_at", "expires_on", "need", "epci", "audiences")
    return line(words, **{name: getattr(book, name) for name in facts}, centre=centre, prescriber=by, **counts)


def _vouchers(stored: Stored) -> Iterator[CopyLine]:
    for book in stored.books:
        for voucher in book.vouchers:
            state = wording.VOUCHERS[voucher.state]
            words = f"Chéquier {book.reference}, chèque {voucher.position}, {voucher.code} : {state}."
            yield line(words, book=book.reference, position=voucher.position, code=voucher.code, state=voucher.state)


def _changes(stored: Stored) -> Iterator[CopyLine]:
    for book in stored.books:
        yield from (_change(book, change) for change in book.changes)


def _change(book: Book, change: BookChange) -> CopyLine:
    note = f", {change.note}" if change.note else ""
    why = wording.of(wording.CHANGE_REASONS, change.reason)
    done = "" if change.done else " Pas fait." if change.confirmed_at else " En attente de la réservation."
    words = (
        f"{moment(change.at)} : {wording.CHANGES[change.kind]}, chéquier {book.reference}, par {change.by_name} "
        f"({why}{note}).{done}"
    )
    facts = ("at", "kind", "reason", "note", "by_name", "confirmed_at", "done")
    return line(words, book=book.reference, **{name: getattr(change, name) for name in facts})


def _access(access: RecordAccess) -> CopyLine:
    words = f"{moment(access.at)} : {access.name}, {wording.READ_AS[access.what]} ({access.why})."
    return line(words, at=access.at, who=access.name, what=access.what, why=access.why)


def _request(request: ErasureRequest) -> CopyLine:
    reason = wording.of(wording.ALL_ERASURE_REASONS, request.reason)
    due = f"prévu le {day(request.due_at)}"
    ended = f" Annulé le {moment(request.withdrawn_at)} par {request.withdrawn_by}." if request.withdrawn_at else ""
    words = f"{moment(request.asked_at)} : effacement demandé par {request.by_name} ({reason}), {due}.{ended}"
    facts = ("number", "reason", "by_name", "asked_at", "due_at", "withdrawn_at", "withdrawn_by")
    return line(words, **{name: getattr(request, name) for name in facts})


def _merge(merge: Merge) -> CopyLine:
    words = f"{moment(merge.at)} : {wording.OUTCOMES['merged']}, par {merge.by} ({merge.reason})."
    return line(words, at=merge.at, who=merge.by, why=merge.reason)


def _double(double: Double) -> CopyLine:
    """The other person is not named."""
    because = ", ".join(wording.BECAUSE[reason] for reason in double.because)
    facts = {
        name: getattr(double, name) for name in ("because", "asked_at", "outcome", "reason", "decided_by", "decided_at")
    }
    if double.outcome is None or double.decided_at is None:
        asked = f"{moment(double.asked_at)} : une autre fiche ressemble à la vôtre ({because}). Pas encore décidé."
        return line(asked, **facts)
    outcome = wording.OUTCOMES[double.outcome]
    return line(
        f"{moment(double.decided_at)} : {outcome} ({because}), par {double.decided_by} ({double.reason}).", **facts
    )


def _booking(booking: Booking) -> CopyLine:
    when = moment(booking.starts_at) if booking.starts_at else "date inconnue"
    words = (
        f"{when} : {booking.training}, {booking.place} ({booking.commune}) : {wording.BOOKING_STATES[booking.state]}."
    )
    facts = ("state", "booked_at", "starts_at", "ends_at", "training", "place", "commune", "hours", "held_on")
    return line(words, **{name: getattr(booking, name) for name in facts})


def _notice(notice: TroubledNotice) -> CopyLine:
    words = f"{moment(notice.heard_at)} : {wording.NOTICES[notice.kind]} ({notice.reason})."
    return line(words, **{name: getattr(notice, name) for name in ("heard_at", "kind", "channel", "to_call", "reason")})


async def journal_subjects(reading: Reading, subject: str, ids: Collection[str]) -> Mapping[str, str]:
    """Names books, centres and erasures in the journal, as they are called now, while they are known."""
    match subject:
        case "book":
            references = await queries.references_of(reading, [UUID(id_) for id_ in ids])
            return {str(id_): f"chéquier {reference}" for id_, reference in references.items()}
        case "centre":
            return {str(of.id): of.name for of in await queries.centres(reading)}
        case "prescriber":
            return {str(of.id): of.name for of in await queries.prescribers(reading)}
        case "account":
            known = await queries.accounts_by_id(reading, [AccountId(UUID(id_)) for id_ in ids])
            return {str(account.id): account.name for account in known.values()}
        case "erasure":
            return {number: f"effacement {number}" for number in ids}
        case _:
            return {}
