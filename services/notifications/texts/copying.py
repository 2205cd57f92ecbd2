"""What notifications stores of a person, in words that they read: the part of the copy that they may ask for. Rule 27.

No code of a link is in it: none is stored with a message (decision 0046), and the one that ends reminders is left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from chassis.french import counted, day, moment
from contracts.copies import CopyLine, CopySection
from county.copies import journal, line, named
from county.phones import phone
from services.notifications import acts, wording
from services.notifications.model import Book, Booking, CallTry, Contact, Notice, OptOut, RecordRead, Reply
from services.notifications.queries import Stored

YOU = "vous"


def copied(stored: Stored) -> Sequence[CopySection]:
    """Write all of it, section by section."""
    read = [reading for reading in stored.readings if not reading.opening]
    opened = [reading for reading in stored.readings if reading.opening]
    return [
        _section("contact", "Comment nous vous joignons", "Rien.", _contact(stored)),
        _section("notices", "Chaque message", "Aucun message.", _notices(stored)),
        _section("opt_outs", "Ce que vous avez arrêté vous-même", "Rien.", map(_stopped, stored.opt_outs)),
        _section("replies", "Ce que vous nous avez écrit par SMS", "Rien.", map(_reply, stored.replies)),
        _section("readings", "Qui a vu vos messages", "Personne.", map(_reading, read)),
        _section("openings", "Qui a dit pourquoi il les ouvrait", "Personne.", map(_reading, opened)),
        journal(acts.ACTS, stored.journal, stored.contact.name if stored.contact else YOU),
        _section("known_books", "Vos chéquiers, connus pour vous écrire", "Aucun.", map(_book, stored.books)),
        _section("known_bookings", "Vos séances, connues pour vous écrire", "Aucune.", map(_booking, stored.bookings)),
    ]


def _section(name: str, title: str, none: str, lines: Iterable[CopyLine]) -> CopySection:
    return CopySection(name=name, title=title, none=none, lines=tuple(lines))


CONTACT = ("first_name", "last_initial", "channel", "phone", "phone_kind", "email", "postal_address", "language_level")


def _contact(stored: Stored) -> Sequence[CopyLine]:
    if not (contact := stored.contact):
        return ()
    stopped = ", ".join(wording.CHANNELS[channel] for channel in contact.opt_outs)
    needs = ", ".join(wording.NEEDS[need] for need in contact.support_needs)
    facts = {name: getattr(contact, name) for name in (*CONTACT, "opt_outs", "support_needs")}
    return named(
        [
            ("Nom", contact.name),
            ("Moyen choisi", wording.CHANNELS[contact.channel]),
            *_addresses(contact),
            ("Ne veut plus être prévenu par", stopped or "rien"),
            ("Pour être à l'aise", needs or "rien de particulier"),
            ("Votre médiateur", stored.mediator or "pas encore trouvé"),
            ("Autres fiches réunies à la vôtre", str(stored.merged)),
        ],
        {**facts, "mediator": stored.mediator, "merged_records": stored.merged},
    )


def _addresses(contact: Contact) -> Sequence[tuple[str, str]]:
    return (
        ("Téléphone", phone(contact.phone) or "aucun"),
        ("E-mail", contact.email or "aucun"),
        ("Adresse", ", ".join(contact.postal_address) or "aucune"),
    )


def _notices(stored: Stored) -> Iterator[CopyLine]:
    by_id = {notice.id: notice for notice in stored.notices}
    for notice in sorted(stored.notices, key=_when):
        leader = by_id.get(notice.carrier_id) if notice.carrier_id else None
        tries = stored.tries[notice.id]
        yield line(
            " ".join([_sent(notice), *_text(notice, leader), *(_called(tried) for tried in tries)]),
            kind=notice.kind,
            channel=notice.channel,
            sent_to=notice.sent_to,
            state=notice.state,
            reason=notice.reason,
            created_at=notice.created_at,
            due_at=notice.due_at,
            sent_at=notice.sent_at,
            settled_at=notice.settled_at,
            provider=notice.provider,
            segments=notice.segments,
            attempts=notice.attempts,
            subject=notice.subject,
            content=notice.content,
            calls=[f"{tried.at.isoformat()} {tried.outcome} {tried.by}" for tried in tries],
        )


def _sent(notice: Notice) -> str:
    """When, what, by which way to where, and what became of it."""
    to = f" à {phone(notice.sent_to) if notice.channel == 'sms' else notice.sent_to}" if notice.sent_to else ""
    by = f", par {wording.CHANNELS[notice.channel]}{to}" if notice.channel else ""
    why = f" ({notice.reason})" if notice.reason else ""
    return f"{moment(_when(notice))} : {wording.KINDS[notice.kind]}{by} : {wording.STATES[notice.state]}{why}."


def _when(notice: Notice) -> datetime:
    return notice.sent_at or notice.settled_at or notice.due_at


def _text(notice: Notice, leader: Notice | None) -> Iterator[str]:
    """Its text, as long as it is stored; what left inside of another message is there."""
    if leader:
        yield f"Envoyé dans le même message que « {wording.KINDS[leader.kind]} »."
    if notice.content:
        subject = f"{notice.subject} : " if notice.subject else ""
        yield f"Texte : « {subject}{' '.join(notice.content.split())} »"


def _called(tried: CallTry) -> str:
    return f"Appel le {moment(tried.at)} par {tried.by} : {wording.CALLED[tried.outcome]}."


def _stopped(stop: OptOut) -> CopyLine:
    what = wording.KINDS[stop.kind] if stop.kind else "tous les messages"
    words = f"{moment(stop.at)} : {what}, par {wording.CHANNELS[stop.channel]}."
    return line(words, at=stop.at, channel=stop.channel, kind=stop.kind)


def _reply(reply: Reply) -> CopyLine:
    read = f" Lu le {moment(reply.read_at)} par {reply.read_by}." if reply.read_at else " Pas encore lu."
    words = f"{moment(reply.at)}, du {phone(reply.phone)} : « {reply.text} »{read}"
    return line(words, **{name: getattr(reply, name) for name in ("at", "phone", "text", "read_at", "read_by")})


def _reading(reading: RecordRead) -> CopyLine:
    """Before names were stored with readings, the account stands for the agent."""
    words = f"{moment(reading.at)} : {reading.name or reading.by}, {wording.PLACES[reading.what]} ({reading.why})."
    return line(words, at=reading.at, who=reading.name or reading.by, what=reading.what, why=reading.why)


def _book(book: Book) -> CopyLine:
    since = f"prescrit le {day(book.prescribed_at)}" if book.prescribed_at else "date pas encore connue"
    ends = f", valable jusqu'au {day(book.expires_on)}" if book.expires_on else ""
    reminded = f", rappelé le {day(book.unseen_told_at)}" if book.unseen_told_at else ""
    words = f"Chéquier {since}{ends} : {counted(book.available, 'chèque')} à utiliser{reminded}."
    facts = ("prescribed_at", "expires_on", "closed", "available", "unseen_told_at")
    return line(words, **{name: getattr(book, name) for name in facts})


def _booking(booking: Booking) -> CopyLine:
    words = f"Séance du {moment(booking.starts_at)} : {wording.BOOKINGS[booking.state]}."
    return line(words, **{name: getattr(booking, name) for name in ("state", "starts_at", "ends_at")})
