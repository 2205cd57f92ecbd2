"""Everything that prescription itself stores of one person, for the copy that they may ask for. Rule 27."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping, select

from chassis.db import Reading, any_of
from chassis.journal import lines_about
from contracts.ids import BeneficiaryId
from services.prescription.model import (
    Beneficiary,
    Book,
    Booking,
    Centre,
    Double,
    ErasureRequest,
    Merge,
    Prescriber,
    RecordAccess,
    TroubledNotice,
)
from services.prescription.queries.beneficiaries import bookings_of, merged_into, person, troubled_notices
from services.prescription.queries.books import books_of
from services.prescription.queries.doubles import doubles_about
from services.prescription.queries.erasures import requests_of
from services.prescription.queries.record_access import accesses_of


@dataclass(frozen=True)
class Stored:
    """All that is stored of one person; `centres` and `prescribers` are the names of those that the rest speaks of."""

    person: Beneficiary
    books: Sequence[Book]
    bookings: Sequence[Booking]
    notices: Sequence[TroubledNotice]
    accesses: Sequence[RecordAccess]
    merges: Sequence[Merge]
    doubles: Sequence[Double]
    requests: Sequence[ErasureRequest]
    journal: Sequence[RowMapping]
    centres: Mapping[UUID, str]
    prescribers: Mapping[UUID, str]


async def stored_of(reading: Reading, beneficiary_id: BeneficiaryId) -> Stored:
    who = await person(reading, beneficiary_id)
    books = await books_of(reading, who.id)
    centres = {*who.followed_by, *(book.centre_id for book in books)}
    prescribers = {who.registered_by, *(book.prescriber_id for book in books)}
    return Stored(
        person=who,
        books=books,
        bookings=await bookings_of(reading, who.id),
        notices=await troubled_notices(reading, who.id),
        accesses=await accesses_of(reading, who.id),
        merges=await merged_into(reading, who.id),
        doubles=await doubles_about(reading, who.id),
        requests=await requests_of(reading, who.id),
        journal=await lines_about(reading, [who.id]),
        centres={
            centre.id: centre.name for centre in await reading.scalars(select(Centre).where(any_of(Centre.id, centres)))
        },
        prescribers={
            prescriber.id: prescriber.name
            for prescriber in await reading.scalars(select(Prescriber).where(any_of(Prescriber.id, prescribers)))
        },
    )
