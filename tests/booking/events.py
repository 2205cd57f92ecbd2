"""What catalogue and prescription say, as these tests hear it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from contracts.catalogue import MediatorPosted, Place, SessionChanged, SessionScheduled, TrainingPublished
from contracts.contacts import ContactStated
from contracts.ids import (
    BeneficiaryId,
    BookId,
    CentreId,
    MediatorId,
    SessionId,
    SpaceId,
    TrainingId,
    VoucherId,
    uuid7,
)
from contracts.mediators import MediatorStated
from contracts.prescription import BeneficiaryRegistered, BookPrescribed
from tests.actors import MEDIATOR, OTHER_MEDIATOR

TOMORROW = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
ME = MediatorId(MEDIATOR.mediator_id or UUID(int=0))
KARIM, LUCIE = MediatorId(UUID(int=51)), MediatorId(UUID(int=52))
PLACE = Place(
    space_id=SpaceId(UUID(int=7)),
    name="8 Fablab",
    address="rue Courre Commère",
    postal_code="26400",
    commune="Crest",
    commune_insee="26108",
    latitude=44.728,
    longitude=5.023,
    phone=None,
)


def prescribed(person: BeneficiaryId, rank: int = 1) -> BookPrescribed:
    a, b, c, d, e = (VoucherId(uuid7()) for _ in range(5))
    return BookPrescribed(
        book_id=BookId(uuid7()),
        beneficiary_id=person,
        centre_id=CentreId(UUID(int=1)),
        rank=rank,
        voucher_ids=(a, b, c, d, e),
        prescribed_at=TOMORROW - timedelta(days=3),
        expires_on=None,
        need="farm",
    )


def scheduled(starts: datetime = TOMORROW, *, capacity: int = 12, hours: int = 1, version: int = 1) -> SessionScheduled:
    return SessionScheduled(
        session_id=SessionId(uuid7()),
        version=version,
        training_id=TrainingId(UUID(int=3)),
        training_code="MAIL-1",
        training_title="Envoyer un e-mail",
        bring="Rien à apporter.",
        place=PLACE,
        mediator_id=ME,
        starts_at=starts,
        ends_at=starts + timedelta(hours=hours),
        capacity=capacity,
        vouchers=hours,
    )


def changed(session: object, version: int, *what: str, **how: object) -> SessionChanged:
    state = scheduled(version=version, **how).model_dump() | {"session_id": session}  # type: ignore[arg-type]
    return SessionChanged.model_validate(state | {"changed": what, "reason": "salle prise"})


def stated(person: BeneficiaryId) -> ContactStated:
    return ContactStated(
        beneficiary_id=person,
        version=1,
        centre_id=CentreId(UUID(int=1)),
        first_name="Démo Jeanne",
        last_initial="D",
        channel="sms",
        phone="+33639981234",
        phone_kind="mobile",
        email=None,
        postal_address=(),
        language_level="fluent",
        opt_outs=(),
        book_references=(),
        commune_insee="26108",
    )


def named(person: BeneficiaryId, first_name: str) -> ContactStated:
    return stated(person).model_copy(update={"first_name": first_name})


def registered_in_crest(person: BeneficiaryId) -> BeneficiaryRegistered:
    return BeneficiaryRegistered(
        beneficiary_id=person,
        centre_id=stated(person).centre_id,
        epci="242600252",
        audiences=("senior",),
        msa=False,
        registered_on=(TOMORROW - timedelta(days=4)).date(),
    )


def posted(mediator: MediatorId = ME, version: int = 1) -> MediatorPosted:
    return MediatorPosted(mediator_id=mediator, version=version, space_ids=())


def in_post(mediator: MediatorId = ME, name: str = "Démo Karim") -> tuple[MediatorPosted, MediatorStated]:
    """With their name, which comes on a topic of its own."""
    stated_ = MediatorStated(mediator_id=mediator, version=1, name=name, phone="+33465710002")
    return posted(mediator), stated_


def colleague() -> tuple[MediatorPosted, MediatorStated]:
    return in_post(MediatorId(OTHER_MEDIATOR.mediator_id or UUID(int=0)), "Démo Lucie")


def training(version: int = 1) -> TrainingPublished:
    return TrainingPublished(
        training_id=TrainingId(UUID(int=3)),
        version=version,
        code="MAIL-01",
        title="Envoyer un e-mail",
        summary="Écrire, envoyer, répondre.",
        level="débutant",
        themes=("courriel",),
        audiences=(),
        hours=1,
    )
