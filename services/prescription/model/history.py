"""The books of one person, by date: which is in use, and how two histories become one. Rules 1, 2 and 5."""

from collections.abc import Sequence

from contracts.ids import BeneficiaryId
from services.prescription.model.book import Book
from services.prescription.model.double import AnswerAwaited, MergeExceedsTheCap
from services.prescription.model.rights import BOOKS_IN_A_LIFE


def mark_current(by_date: Sequence[Book]) -> None:
    """Of the books of one person."""
    counted = [book for book in by_date if book.state != "cancelled"]
    for book in by_date:
        book.current = book in counted[-1:]


def merge_histories(books: Sequence[Book], owner: BeneficiaryId) -> None:
    """The books of two records become those of one person: numbered by date, the last one current (rule 5).

    Raises MergeExceedsTheCap, AnswerAwaited.
    """
    if any(change.confirmed_at is None for book in books for change in book.changes):
        raise AnswerAwaited
    by_date = sorted(books, key=lambda book: book.prescribed_at)
    counted = [book for book in by_date if book.state != "cancelled"]
    if len(counted) > BOOKS_IN_A_LIFE:
        raise MergeExceedsTheCap(len(counted))
    numbered = by_date if len(by_date) <= BOOKS_IN_A_LIFE else counted
    for rank, book in enumerate(numbered, 1):
        book.rank, book.use_known = rank, False
    mark_current(by_date)
    for book in books:
        book.beneficiary_id = owner
