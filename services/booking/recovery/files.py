"""Files, their trace and their plans, as they were published. What a mediator noted was never published: it is lost."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis.db import Transaction
from chassis.recovery import Lost
from contracts.booking import FileAccepted, FileHandedOver, FileProposed, PlanChanged
from contracts.prescription import BookPrescribed
from contracts.words import Need
from services.booking import queries
from services.booking.model import File, FileMove
from services.booking.model.file import FileEvent


async def take_up(tx: Transaction, lost: Lost) -> None:
    """A file is opened with the first book, also when there was nobody to propose it to."""
    opened = [
        (record.event, record.time)
        for record in lost.consumed
        if record.id in lost.answered and isinstance(record.event, BookPrescribed)
    ]
    moved = [
        (record.event, record.time) for record in lost.published if isinstance(record.event, FileEvent | PlanChanged)
    ]
    files = await queries.files_of(tx, {event.beneficiary_id for event, _ in [*opened, *moved]})
    needs: Mapping[UUID, Need] = {event.beneficiary_id: event.need for event, _ in reversed(opened)}
    for event, at in sorted([*opened, *moved], key=lambda pair: pair[1]):
        person = event.beneficiary_id
        if person not in files:
            files[person] = File.proposed(person, None, at)
            files[person].note([needs[person]] if person in needs else [], None)
            tx.add(files[person])
        _follow(tx, files[person], event, at)
    await tx.flush()


def _follow(tx: Transaction, file: File, event: BookPrescribed | FileEvent | PlanChanged, at: datetime) -> None:
    if isinstance(event, PlanChanged):
        file.plan, file.plan_version = [*event.training_ids], event.version
    elif isinstance(event, FileEvent):
        tx.add(FileMove.of(event, at))
        _move(file, event, at)


def _move(file: File, event: FileEvent, at: datetime) -> None:
    match event:
        case FileProposed():
            file.state, file.mediator_id, file.accepted_at = "proposed", event.mediator_id, None
            file.proposed_at = event.proposed_at
        case FileAccepted():
            file.state, file.mediator_id, file.accepted_at = "accepted", event.mediator_id, event.accepted_at
        case FileHandedOver():
            file.state, file.mediator_id, file.accepted_at = "proposed", event.to_mediator_id, None
            file.proposed_at = at
