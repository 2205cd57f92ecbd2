"""Whether a person may have another book, and whether one may still be cancelled; each answer explained. Rules 1, 2, 7.

What is known of the use comes from booking and may lag: then the answer is a refusal that says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.french import counted, hour, moment
from chassis.refusal import Refusal
from contracts.ids import BookId, uuid7
from contracts.words import Need
from services.prescription.model import codes
from services.prescription.model.beneficiary import Beneficiary
from services.prescription.model.book import BOOKS_IN_A_LIFE, NEW, VOUCHERS, Book, BookClosed, Voucher
from services.prescription.model.centre import Prescriber


class LifetimeReached(Refusal):
    """Rule 1."""

    def __init__(self) -> None:
        super().__init__("Cette personne a déjà reçu 8 chéquiers, soit 40 heures : c'est le maximum.")


class LeftTheDrome(Refusal):
    """Rule 3."""

    def __init__(self) -> None:
        super().__init__(
            "Cette personne n'habite plus la Drôme : elle garde ses chèques et ses séances, mais un nouveau chéquier "
            "n'est pas possible. Si elle est revenue, modifiez sa fiche."
        )


class PreviousBookNotUsedUp(Refusal):
    """Rule 2."""

    def __init__(self, left: int) -> None:
        super().__init__(
            f"Le chéquier précédent a encore {counted(left, 'chèque')} à utiliser. "
            "Si ces heures viennent d'être réservées, attendez quelques secondes et recommencez."
        )


class UseNotConfirmed(Refusal):
    """Rule 2: the news of booking is too old, or an answer is awaited, to know whether the book is used up."""

    def __init__(self, as_of: datetime | None, now: datetime) -> None:
        if as_of is None:
            last = "aucune nouvelle de la réservation pour l'instant"
        else:
            same_day = now - as_of < timedelta(hours=12)
            last = f"dernières nouvelles de la réservation à {hour(as_of)}"
            last = last if same_day else f"dernières nouvelles de la réservation : {moment(as_of)}"
        super().__init__(
            f"L'usage du chéquier précédent n'est pas encore confirmé ({last}). "
            "Réessayez dans quelques minutes ; si cela dure, appelez le Département."
        )


class HoursAlreadyFollowed(Refusal):
    """Rule 7."""

    def __init__(self, consumed: int) -> None:
        super().__init__(
            f"Ce chéquier ne peut plus être annulé : {counted(consumed, 'heure suivie', 'heures suivies')}. "
            "Pour une erreur, corrigez les chèques un par un."
        )


class HoursBooked(Refusal):
    """Rule 7."""

    def __init__(self, held: int) -> None:
        super().__init__(
            f"{counted(held, 'chèque est réservé', 'chèques sont réservés')} pour des séances : "
            "annulez d'abord les séances réservées."
        )


@dataclass(frozen=True)
class News:
    """When booking was last known to have nothing more to tell, and how old that may be."""

    as_of: datetime | None
    old_after: timedelta
    now: datetime

    @property
    def is_old(self) -> bool:
        return self.as_of is None or self.now - self.as_of > self.old_after


def why_no_book(person: Beneficiary, before: Sequence[Book], news: News) -> Refusal | None:
    """Answers None when the next book may be prescribed, or the refusal.

    A cancelled book gave no hour and does not count, once booking has confirmed that none of it was booked meanwhile.
    """
    if person.moved_away:
        return LeftTheDrome()
    counted_books = [book for book in before if book.state != "cancelled"]
    if len(counted_books) >= BOOKS_IN_A_LIFE:
        return LifetimeReached()
    if left := sum(book.left for book in counted_books):
        return PreviousBookNotUsedUp(left)
    if any(book.awaits_answer for book in before) or (counted_books and news.is_old):
        return UseNotConfirmed(news.as_of, news.now)
    return None


def why_not_cancelled(book: Book, news: News) -> Refusal | None:
    """Answers None when the book may be cancelled, or the refusal."""
    if book.state != "active":
        return BookClosed(book.state)
    if book.consumed:
        return HoursAlreadyFollowed(book.consumed)
    if book.held:
        return HoursBooked(book.held)
    if news.is_old or book.awaits_answer:
        return UseNotConfirmed(news.as_of, news.now)
    return None


def prescribed_book(person: Beneficiary, before: Sequence[Book], *, by: Prescriber, need: Need, news: News) -> Book:
    """Makes the next book. Raises MayNotPrescribe, and whatever `why_no_book` answers."""
    by.check()
    if refusal := why_no_book(person, before, news):
        raise refusal
    for book in before:
        book.current = False
    return Book(
        id=BookId(uuid7()),
        beneficiary_id=person.id,
        rank=free_rank(before),
        reference=codes.new_code(codes.BOOK_LENGTH),
        centre_id=by.centre_id,
        prescriber_id=by.id,
        prescribed_at=news.now,
        need=need,
        epci=person.epci,
        audiences=list(person.audiences),
        **NEW,
        vouchers=[Voucher.of(position) for position in range(1, VOUCHERS + 1)],
        changes=[],
    )


def free_rank(before: Sequence[Book]) -> int:
    """Finds a number that no book of this person has had; when all have been, one that a cancelled book left free.

    Raises LifetimeReached.
    """
    had = {book.rank for book in before}
    taken = {book.rank for book in before if book.state != "cancelled"}
    ranks = range(1, BOOKS_IN_A_LIFE + 1)
    free = [rank for rank in ranks if rank not in had] or [rank for rank in ranks if rank not in taken]
    if not free:
        raise LifetimeReached
    return free[0]
