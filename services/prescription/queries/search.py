"""One field finds the person: name, phone, reference of a book, code of a voucher; slips are forgiven."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, func, select, text, union

from chassis.db import Reading
from chassis.plain import plain
from services.prescription.model import Beneficiary, Book, Voucher, codes, phone

MOST_FOUND = 20
ALIKE, PERHAPS_ALIKE = 0.6, 0.35  # trigram similarity: tried in this order
SHORTEST_CODE = codes.BOOK_LENGTH - 1
THRESHOLD = text("SELECT set_config('pg_trgm.word_similarity_threshold', :least, true)")


@dataclass(frozen=True)
class Found:
    """`suggested` are the codes meant, perhaps, by one that was mistyped; `people` are then their owners."""

    people: Sequence[Beneficiary] = field(default=())
    suggested: Sequence[str] = field(default=())


async def people_found(reading: Reading, typed: str) -> Found:
    if (number := _as_phone(typed)) and (people := await _by_phone(reading, number)):
        return Found(people)
    if _looks_like_a_code(typed):
        found = await _by_code(reading, {codes.as_printed(typed)})
        if found.people:
            return Found(found.people)
        if (near := await _by_code(reading, codes.nearly(typed))).people:
            return near
    return Found(await _by_name(reading, plain(typed)))


async def _by_name(reading: Reading, name: str) -> Sequence[Beneficiary]:
    """Those who are surely alike, else those who perhaps are."""
    for least in (ALIKE, PERHAPS_ALIKE):
        await reading.execute(THRESHOLD, {"least": str(least)})
        if found := (await reading.scalars(by_name(name))).all():
            return found
    return ()


def by_name(name: str) -> Select[Beneficiary]:
    """The operator uses the trigram index; the threshold is the session's."""
    alike = func.word_similarity(name, Beneficiary.plain_name)
    query = select(Beneficiary).where(Beneficiary.plain_name.op("%>")(name))
    return query.order_by(alike.desc(), Beneficiary.plain_name).limit(MOST_FOUND)


async def _by_phone(reading: Reading, number: str) -> Sequence[Beneficiary]:
    return (await reading.scalars(select(Beneficiary).where(Beneficiary.phone == number).limit(MOST_FOUND))).all()


async def _by_code(reading: Reading, typed: set[str]) -> Found:
    """By the printed code of a book or of one of its vouchers."""
    of_book = select(Book.beneficiary_id, Book.reference.label("code")).where(Book.reference.in_(typed))
    of_voucher = select(Book.beneficiary_id, Voucher.code).join(Voucher).where(Voucher.code.in_(typed))
    codes_found = union(of_book, of_voucher).limit(MOST_FOUND)
    owners = [*await reading.execute(codes_found)]
    query = select(Beneficiary).where(Beneficiary.id.in_({owner for owner, _ in owners}))
    return Found((await reading.scalars(query)).all(), sorted({code for _, code in owners}))


def _looks_like_a_code(typed: str) -> bool:
    """Long enough, and not the words of a name."""
    bare = codes.as_printed(typed).replace("-", "")
    return len(bare) >= SHORTEST_CODE and (any(map(str.isdigit, bare)) or " " not in typed.strip())


def _as_phone(typed: str) -> str | None:
    try:
        return phone.read(typed).number
    except ValueError:
        return None
