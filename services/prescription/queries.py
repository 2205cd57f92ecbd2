"""What prescription asks its database, named by the answer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import selectinload

from chassis.db import Reading, Transaction
from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, CentreId, PrescriberId
from services.prescription.model import (
    Beneficiary,
    Book,
    Centre,
    MayNotPrescribe,
    Prescriber,
    TroubledNotice,
    phone,
)

MOST_FOUND = 20
ALIKE_ENOUGH = 0.25  # trigram similarity


class NoSuchPerson(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette personne n'est pas dans nos fiches. Cherchez-la par son nom ou son téléphone.")


class NoSuchCentre(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce centre n'existe pas. L'administrateur doit d'abord le créer.")


async def centre(reading: Reading, centre_id: CentreId) -> Centre:
    found = await reading.get(Centre, centre_id)
    if found is None:
        raise NoSuchCentre
    return found


async def centres(reading: Reading) -> Sequence[Centre]:
    return (await reading.scalars(select(Centre).order_by(Centre.name))).all()


async def prescribers(reading: Reading) -> Sequence[Prescriber]:
    query = select(Prescriber).options(selectinload(Prescriber.centre)).order_by(Prescriber.name)
    return (await reading.scalars(query)).all()


async def prescriber(reading: Reading, prescriber_id: PrescriberId | None) -> Prescriber:
    """Raises MayNotPrescribe when the signed-in person is none of ours."""
    query = select(Prescriber).options(selectinload(Prescriber.centre)).where(Prescriber.id == prescriber_id)
    found = (await reading.scalars(query)).one_or_none()
    if found is None:
        raise MayNotPrescribe
    return found


async def person(reading: Reading, beneficiary_id: BeneficiaryId) -> Beneficiary:
    found = await reading.get(Beneficiary, beneficiary_id)
    if found is None:
        raise NoSuchPerson
    return found


async def person_locked(tx: Transaction, beneficiary_id: BeneficiaryId) -> Beneficiary:
    query = select(Beneficiary).where(Beneficiary.id == beneficiary_id).with_for_update()
    found = (await tx.scalars(query)).one_or_none()
    if found is None:
        raise NoSuchPerson
    return found


async def same_person(reading: Reading, plain_name: str, birth_date: object) -> Beneficiary | None:
    query = select(Beneficiary).where(Beneficiary.plain_name == plain_name, Beneficiary.birth_date == birth_date)
    return (await reading.scalars(query)).one_or_none()


async def people_locked(tx: Transaction, ids: set[UUID]) -> dict[UUID, Beneficiary]:
    query = select(Beneficiary).where(Beneficiary.id.in_(ids)).order_by(Beneficiary.id).with_for_update()
    return {found.id: found for found in await tx.scalars(query)}


async def books_of(reading: Reading, *beneficiary_ids: UUID) -> Sequence[Book]:
    """With their vouchers, the first prescribed first."""
    query = select(Book).where(Book.beneficiary_id.in_(beneficiary_ids)).options(selectinload(Book.vouchers))
    return (await reading.scalars(query.order_by(Book.beneficiary_id, Book.rank))).all()


async def people_found(reading: Reading, text: str) -> Sequence[Beneficiary]:
    """By name, phone or book reference; accents and typing errors are forgiven."""
    name = plain(text)
    alike = func.word_similarity(name, Beneficiary.plain_name)
    of_book = select(Book.beneficiary_id).where(Book.reference == text.strip().upper())
    by = [alike > ALIKE_ENOUGH, Beneficiary.id.in_(of_book)]
    if number := _as_phone(text):
        by.append(Beneficiary.phone == number)
    query = select(Beneficiary).where(or_(*by)).order_by(alike.desc(), Beneficiary.plain_name).limit(MOST_FOUND)
    return (await reading.scalars(query)).all()


async def troubled_notices(reading: Reading, beneficiary_id: BeneficiaryId) -> Sequence[TroubledNotice]:
    query = select(TroubledNotice).where(TroubledNotice.beneficiary_id == beneficiary_id)
    return (await reading.scalars(query.order_by(TroubledNotice.heard_at.desc()).limit(20))).all()


def _as_phone(text: str) -> str | None:
    try:
        return phone.read(text).number
    except ValueError:
        return None
