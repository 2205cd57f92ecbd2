"""What booking stores of other services' things: mediators, trainings, messages that did not arrive. Rules 23, 26."""

from collections.abc import Sequence
from datetime import datetime

from chassis.db import Transaction
from contracts.catalogue import (
    MediatorLeft,
    MediatorPosted,
    TrainingChanged,
    TrainingPublished,
    TrainingWithdrawn,
)
from contracts.ids import BeneficiaryId, MediatorId
from contracts.mediators import MediatorStated
from contracts.notifications import NoticeDelivered, NoticeEvent, NoticeFailed, NoticeToCall
from services.booking import queries
from services.booking.model import Mediator, Person, Training, TroubledNotice
from services.booking.usecases.files import propose_waiting_files

UNNAMED, LEFT = "nom pas encore reçu", "un médiateur qui n'est plus en poste"


async def upsert_mediator(tx: Transaction, event: MediatorPosted | MediatorLeft) -> None:
    known = await tx.get(Mediator, event.mediator_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    in_post = isinstance(event, MediatorPosted)
    known = known or await _mediator_to_be(tx, event.mediator_id)
    known.version, known.space_ids, known.in_post = event.version, list(event.space_ids), in_post
    if in_post:
        await tx.flush()
        await propose_waiting_files(tx, event.mediator_id)


async def name_mediator(tx: Transaction, event: MediatorStated) -> None:
    """Their name may come before their post."""
    known = await tx.get(Mediator, event.mediator_id, with_for_update=True)
    known = known or await _mediator_to_be(tx, event.mediator_id)
    if event.version > known.contact_version:
        known.contact_version, known.name, known.phone = event.version, event.name, event.phone


async def _mediator_to_be(tx: Transaction, mediator_id: MediatorId) -> Mediator:
    """Known by one topic, not yet by the other."""
    mediator = Mediator(
        id=mediator_id, version=0, contact_version=0, name=UNNAMED, phone=None, space_ids=[], in_post=False
    )
    tx.add(mediator)
    await tx.flush()
    return mediator


async def unname_mediator(tx: Transaction, mediator_id: MediatorId) -> None:
    """They have left."""
    if known := await tx.get(Mediator, mediator_id, with_for_update=True):
        known.name, known.phone = LEFT, None


async def upsert_training(tx: Transaction, event: TrainingPublished | TrainingChanged | TrainingWithdrawn) -> None:
    known = await tx.get(Training, event.training_id, with_for_update=True)
    if known and known.version >= event.version:
        return
    same = event.model_dump(include={"version", "code", "title", "summary", "level", "hours"})
    lists = {"themes": list(event.themes), "audiences": list(event.audiences)}
    published = not isinstance(event, TrainingWithdrawn)
    await tx.merge(Training(id=event.training_id, published=published, **same, **lists))


async def forget_name(tx: Transaction, beneficiary_id: BeneficiaryId) -> None:
    if person := await tx.get(Person, beneficiary_id, with_for_update=True):
        person.forget()


async def record_troubles(tx: Transaction, notices: Sequence[NoticeFailed | NoticeToCall]) -> None:
    for notice in notices:
        await tx.merge(
            TroubledNotice(
                notice_id=notice.notice_id,
                beneficiary_id=notice.beneficiary_id,
                booking_id=notice.booking_id,
                kind=notice.kind,
                to_call=isinstance(notice, NoticeToCall),
                reason=notice.reason,
                recorded_at=tx.now,
            )
        )


def about(notice: NoticeEvent) -> queries.About:
    """Say what a notice is about, and for whom, whatever its channel."""
    return notice.beneficiary_id, notice.kind, notice.booking_id


async def settle_troubles(tx: Transaction, arrived: Sequence[NoticeDelivered]) -> None:
    """Somebody has called, or another channel got through: nothing is left to do."""
    await queries.delete_troubles(tx, [about(notice) for notice in arrived])


async def forget_old_troubles(tx: Transaction, *, before: datetime) -> None:
    """Nobody calls any more about a message that old."""
    await queries.delete_old_troubles(tx, before)
