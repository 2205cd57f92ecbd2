"""One field finds the person: name, phone, reference of a book, code of a voucher; slips are forgiven."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Select, func, select, text, union

from chassis.db import Reading, any_of
from chassis.plain import plain
from county import phones
from services.prescription.model import Beneficiary, Book, Voucher, codes
from services.prescription.model.alike import one_letter_each

MOST_RESULTS, FEWEST_LETTERS = 20, 3
NEARLY, ROUGHLY = 0.4, 0.5  # trigram similarity: of each word, of the whole
SHORTEST_CODE, LONGEST_CODE = codes.BOOK_LENGTH - 1, codes.VOUCHER_LENGTH + 1  # with one slip of a finger
THRESHOLD = text("SELECT set_config('pg_trgm.word_similarity_threshold', :least, true)")


@dataclass(frozen=True)
class SearchResults:
    """`suggested` are the codes meant, perhaps, by one that was mistyped; `people` are then their owners."""

    people: Sequence[Beneficiary] = field(default=())
    suggested: Sequence[str] = field(default=())


async def people_matching(reading: Reading, typed: str) -> SearchResults:
    if (number := _as_phone(typed)) and (people := await _by_phone(reading, number)):
        return SearchResults(people)
    if _as_long_as_a_code(typed):
        if people := (await _by_code(reading, {codes.as_printed(typed)})).people:
            return SearchResults(people)
        if not _words_of_a_name(typed) and (near := await _by_code(reading, codes.nearly(typed))).people:
            return near
    return SearchResults(await _by_name(reading, name)) if names_somebody(name := plain(typed)) else SearchResults()


def names_somebody(name: str) -> bool:
    """Says whether it is long enough: with fewer letters, a search lists people and finds nobody."""
    return len(name.replace(" ", "")) >= FEWEST_LETTERS


async def _by_name(reading: Reading, name: str) -> Sequence[Beneficiary]:
    """Those who have each word, as in a passport too, else each word or nearly, else something like the whole."""
    for spelling in dict.fromkeys((name, one_letter_each(name))):
        if people := await _people(reading, with_the_words(spelling)):
            return people
    for least, query in ((NEARLY, nearly(name)), (ROUGHLY, roughly(name))):
        await reading.execute(THRESHOLD, {"least": str(least)})
        if people := await _people(reading, query):
            return people
    return ()


async def _people(reading: Reading, query: Select[Beneficiary]) -> Sequence[Beneficiary]:
    return (await reading.scalars(query.limit(MOST_RESULTS))).all()


def with_the_words(name: str) -> Select[Beneficiary]:
    """Selects who has each word; whose last name it is come first."""
    words = [Beneficiary.plain_name.contains(word, autoescape=True) for word in name.split()]
    first = Beneficiary.plain_name.startswith(name, autoescape=True)
    return select(Beneficiary).where(*words).order_by(first.desc(), Beneficiary.plain_name)


def nearly(name: str) -> Select[Beneficiary]:
    """Selects who has each word, or nearly. The operator uses the trigram index; the transaction has its threshold."""
    words = [Beneficiary.plain_name.op("%>")(word) for word in name.split()]
    return _closest_first(name, *words)


def roughly(name: str) -> Select[Beneficiary]:
    return _closest_first(name, Beneficiary.plain_name.op("%>")(name))


def _closest_first(name: str, *by: ColumnElement[bool]) -> Select[Beneficiary]:
    alike = func.word_similarity(name, Beneficiary.plain_name)
    return select(Beneficiary).where(*by).order_by(alike.desc(), Beneficiary.plain_name)


async def _by_phone(reading: Reading, number: str) -> Sequence[Beneficiary]:
    """A number without its extension finds everybody of the house."""
    people = await _people(reading, select(Beneficiary).where(Beneficiary.phone == number))
    of_the_house = Beneficiary.phone.startswith(f"{number};")
    return people or await _people(reading, select(Beneficiary).where(of_the_house))


async def _by_code(reading: Reading, typed: set[str]) -> SearchResults:
    """By the printed code of a book or of one of its vouchers."""
    of_book = select(Book.beneficiary_id, Book.reference.label("code")).where(any_of(Book.reference, typed))
    of_voucher = select(Book.beneficiary_id, Voucher.code).join(Voucher).where(any_of(Voucher.code, typed))
    codes_matching = union(of_book, of_voucher).limit(MOST_RESULTS)
    owners = [*await reading.execute(codes_matching)]
    query = select(Beneficiary).where(any_of(Beneficiary.id, {owner for owner, _ in owners}))
    return SearchResults((await reading.scalars(query)).all(), sorted({code for _, code in owners}))


def _as_long_as_a_code(typed: str) -> bool:
    return SHORTEST_CODE <= len(codes.as_printed(typed).replace("-", "")) <= LONGEST_CODE


def _words_of_a_name(typed: str) -> bool:
    """Letters alone, in words. Groups of four may be a code: one voucher of thirty has no figure in its code."""
    words = typed.split()
    return len(words) > 1 and not any(map(str.isdigit, typed)) and any(len(word) != codes.GROUP for word in words)


def _as_phone(typed: str) -> str | None:
    try:
        return phones.read(typed).bare
    except ValueError:
        return None
