"""Books are prescribed, cancelled, corrected, and end on their day. Rules 1, 2, 7, 8."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis import telemetry
from chassis.clock import PARIS
from chassis.db import Reading, Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from contracts.ids import BeneficiaryId, BookId, PrescriberId, VoucherId
from contracts.prescription import BookCancelled, BookCorrected
from contracts.words import Actor, Need
from services.prescription import queries, wording
from services.prescription.model import (
    Agent,
    Book,
    BookChange,
    ErasureAwaited,
    News,
    prescribed_book,
    why_not_cancelled,
)
from services.prescription.model.book import AFTER, ChangeKind, ChangeReason, check_correctable
from services.prescription.usecases.beneficiaries import references


@dataclass(frozen=True)
class Decided:
    """Why a book or a voucher is changed, and by whom; `actor` is what is published of them."""

    reason: ChangeReason
    note: str
    agent: Agent
    actor: Actor

    def change(self, tx: Transaction, kind: ChangeKind, voucher_id: VoucherId | None = None) -> BookChange:
        return BookChange(
            voucher_id=voucher_id,
            kind=kind,
            reason=self.reason,
            note=self.note,
            by_subject=self.agent.subject,
            by_name=self.agent.name,
            at=tx.now,
            thread=telemetry.correlation_id(),
            confirmed_at=None,
            done=None,
        )

    @property
    def french_reason(self) -> str:
        return wording.of(wording.CHANGE_REASONS, self.reason)


@dataclass(frozen=True)
class Wish:
    """What is prescribed: why, and for how long when books end."""

    need: Need
    validity: timedelta | None = None


async def prescribe(
    tx: Transaction, beneficiary_id: BeneficiaryId, wish: Wish, *, by: PrescriberId | None, news: News
) -> Book:
    """Prescribe the next five vouchers. Raises MayNotPrescribe, ErasureAwaited, and whatever `why_no_book` answers."""
    person = await queries.person_for_update(tx, beneficiary_id)
    if leaving := await queries.pending_request(tx, beneficiary_id):
        raise ErasureAwaited(leaving.due_at)
    before = await queries.books_of(tx, beneficiary_id)
    book = prescribed_book(person, before, by=await queries.prescriber(tx, by), need=wish.need, news=news)
    if wish.validity:
        book.expires_on = (tx.now.astimezone(PARIS) + wish.validity).date()
    await tx.flush()
    tx.add(book)
    person.version += 1
    publish(tx, book.announced(), person.contact(*references([*before, book])))
    return book


async def cancel_book(tx: Transaction, book_id: BookId, decided: Decided, *, news: News) -> Book:
    """Cancel a book while none of its hours is followed or booked (rule 7). Raises what `why_not_cancelled` answers."""
    person = await queries.person_for_update(tx, (await queries.book(tx, book_id)).beneficiary_id)
    book = await queries.book(tx, book_id)
    if refusal := why_not_cancelled(book, news):
        raise refusal
    book.state, book.current = "cancelled", False
    book.changes.append(decided.change(tx, "cancelled"))
    person.version += 1
    cancelled = BookCancelled(
        book_id=book.id, beneficiary_id=person.id, reason=decided.french_reason, by=decided.actor.author
    )
    publish(tx, cancelled, person.contact(*references(await queries.books_of(tx, person.id))))
    return book


async def correct(tx: Transaction, book_id: BookId, voucher_id: VoucherId, kind: ChangeKind, decided: Decided) -> Book:
    """Give an hour back, or void a voucher (rule 7); booking does it, and confirms."""
    await queries.person_for_update(tx, (await queries.book(tx, book_id)).beneficiary_id)
    book = await queries.book(tx, book_id)
    book.check_open()
    voucher = book.voucher(voucher_id)
    check_correctable(kind, voucher.state)
    concerns(tx, book.beneficiary_id, book.id, kind=kind)
    book.changes.append(decided.change(tx, kind, voucher_id))
    publish(
        tx,
        BookCorrected(
            book_id=book.id,
            beneficiary_id=book.beneficiary_id,
            voucher_id=voucher_id,
            state_before=voucher.state,
            state_after=AFTER[kind],
            reason=decided.french_reason,
            by=decided.actor.author,
        ),
    )
    return book


async def ended_books(reading: Reading, now: datetime) -> Sequence[BookId]:
    return await queries.ended_books(reading, now.astimezone(PARIS).date())


async def end_books(tx: Transaction, among: Collection[BookId] | None = None) -> None:
    """Expire books the day after their last one (rule 8), as a timed job. All of them, or among some."""
    today = tx.now.astimezone(PARIS).date()
    due = await queries.past_their_day(tx, today, await ended_books(tx, tx.now) if among is None else among)
    await queries.people_for_update(tx, {book.beneficiary_id for book in due})
    publish(tx, *[book.expire() for book in await queries.past_their_day(tx, today, {book.id for book in due})])
