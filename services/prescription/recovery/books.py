"""Books and what was decided about them. Their codes were on paper alone: a book of the lost time is printed again."""

from chassis.db import Transaction
from contracts.contacts import ContactStated
from contracts.event import CloudEvent
from contracts.prescription import BookCancelled, BookCorrected, BookExpired, BookPrescribed
from services.prescription import queries, wording
from services.prescription.model import Book, BookChange, Voucher, codes
from services.prescription.model.book import NEW, ChangeKind, ChangeReason
from services.prescription.recovery.beneficiaries import prescriber, somebody

REASONS: dict[str, ChangeReason] = {french: reason for reason, french in wording.CHANGE_REASONS}  # type: ignore[misc]
NOT_KNOWN = "non repris"


async def take_up(tx: Transaction, event: BookPrescribed) -> None:
    """Make the book that is in use now."""
    person = await queries.person_or_none(tx, event.beneficiary_id)
    before = await queries.books_of(tx, event.beneficiary_id)
    if person is None or any(book.id == event.book_id for book in before):
        return
    for book in before:
        book.current = False
    await tx.flush()
    names = ("centre_id", "rank", "prescribed_at", "expires_on", "need")
    known = NEW | {name: getattr(event, name) for name in names}
    tx.add(
        Book(
            id=event.book_id,
            beneficiary_id=person.id,
            prescriber_id=await somebody(tx, event.centre_id),
            reference=codes.new_code(codes.BOOK_LENGTH),
            epci=person.epci,
            audiences=[*person.audiences],
            **known,
            vouchers=[_voucher(event, position) for position in range(len(event.voucher_ids))],
            changes=[],
        )
    )


def _voucher(event: BookPrescribed, position: int) -> Voucher:
    voucher = Voucher.of(position + 1)
    voucher.id = event.voucher_ids[position]
    return voucher


async def take_up_references(tx: Transaction, event: ContactStated) -> None:
    """Take up, for books that count, in their order, what is printed on them and who prescribed them."""
    counted = [book for book in await queries.books_of(tx, event.beneficiary_id) if book.state != "cancelled"]
    if len(counted) == len(event.book_references):
        for book, reference in zip(counted, event.book_references, strict=True):
            book.reference = reference
    if len(counted) == len(event.prescriber_ids):
        for book, by in zip(counted, event.prescriber_ids, strict=True):
            book.prescriber_id = await prescriber(tx, by, book.centre_id)


async def follow(tx: Transaction, event: BookCancelled | BookCorrected | BookExpired, envelope: CloudEvent) -> None:
    """Record what was decided; what booking answered is read again, and settles it."""
    book = next((book for book in await queries.books_of(tx, event.beneficiary_id) if book.id == event.book_id), None)
    if book is None:
        return
    match event:
        case BookExpired():
            book.state = "expired"
        case BookCancelled():
            book.state, book.current = "cancelled", False
            book.changes.append(_change(event, envelope, "cancelled"))
        case BookCorrected():
            kind: ChangeKind = "voided" if event.state_after == "void" else "given_back"
            change = _change(event, envelope, kind)
            change.voucher_id = event.voucher_id
            book.changes.append(change)


def _change(event: BookCancelled | BookCorrected, envelope: CloudEvent, kind: ChangeKind) -> BookChange:
    """Who decided, and what they noted, was not published."""
    return BookChange(
        voucher_id=None,
        kind=kind,
        reason=REASONS.get(event.reason, "other"),
        note="",
        by_subject=NOT_KNOWN,
        by_name=NOT_KNOWN,
        at=envelope.time,
        thread=envelope.correlation_id,
        confirmed_at=None,
        done=None,
    )
