"""A mediator takes over a file, notes what the person needs, plans the hours, hands it over, calls. Rule 19."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.ids import BeneficiaryId, MediatorId, TrainingId
from contracts.words import Level, Need
from services.booking import queries
from services.booking.model import File, FileMove
from services.booking.model.file import FileEvent


async def open_file(tx: Transaction, beneficiary_id: BeneficiaryId, need: Need) -> None:
    """Open it with the first book: it is proposed to the least busy mediator."""
    if await tx.get(File, beneficiary_id) is None:
        mediators = await queries.least_busy_mediators(tx)
        file = File.proposed(beneficiary_id, mediators[0] if mediators else None, tx.now)
        file.note([need], None)
        tx.add(file)
        _publish_moves(tx, *file.announced())


async def accept_file(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: MediatorId) -> File:
    """Take over the file. Raises AlreadyAccepted."""
    file = await queries.file_for_update(tx, beneficiary_id)
    if accepted := file.accept(by, tx.now):
        _publish_moves(tx, accepted)
    return file


async def hand_over(
    tx: Transaction, beneficiary_id: BeneficiaryId, *, by: MediatorId, to: MediatorId, reason: str
) -> File:
    """Propose it to another mediator in post. Raises FileOfAnother, HandedToOneself, NoSuchMediator."""
    file = await queries.file_for_update(tx, beneficiary_id)
    await queries.mediator(tx, to)
    _publish_moves(tx, file.hand_over(by=by, to=to, reason=reason, now=tx.now), *file.announced())
    return file


async def note_needs(
    tx: Transaction, beneficiary_id: BeneficiaryId, needs: Sequence[Need], level: Level | None, *, by: MediatorId
) -> File:
    file = await queries.file_for_update(tx, beneficiary_id)
    file.check_followed_by(by)
    file.note(needs, level)
    return file


async def plan(
    tx: Transaction, beneficiary_id: BeneficiaryId, trainings: Sequence[TrainingId], *, by: MediatorId
) -> File:
    """Plan the trainings in their order; those that catalogue does not know are left out."""
    file = await queries.file_for_update(tx, beneficiary_id)
    file.check_followed_by(by)
    known = await queries.trainings_by_id(tx, trainings)
    if changed := file.replan([training for training in trainings if training in known]):
        publish(tx, changed)
    return file


async def note_call(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: MediatorId, named: str) -> None:
    """Who follows the person now has called. Raises FileOfAnother, NoSuchFile."""
    (await queries.file_for_update(tx, beneficiary_id)).check_followed_by(by)
    await settle_flag(tx, beneficiary_id, by=named)


async def settle_flag(tx: Transaction, beneficiary_id: BeneficiaryId, *, by: str) -> None:
    """Someone has called."""
    if flag := await queries.open_flag(tx, beneficiary_id):
        flag.settled_at, flag.settled_by = tx.now, by


async def propose_again(tx: Transaction, among: Collection[BeneficiaryId] | None = None, *, waits: timedelta) -> None:
    """What nobody took over in time, or whose mediator has left, is proposed to another: the least busy first.

    Of all files, or of some people's.
    """
    people = await queries.files_that_wait(tx, tx.now - waits) if among is None else among
    mediators = await queries.least_busy_mediators(tx)
    for file in await queries.files_to_propose(tx, tx.now - waits, people):
        others = [mediator for mediator in mediators if mediator != file.mediator_id]
        if others:
            _publish_moves(tx, *file.propose_to(others[0], tx.now))
            mediators = [*(mediator for mediator in mediators if mediator != others[0]), others[0]]


async def propose_waiting_files(tx: Transaction, mediator_id: MediatorId) -> None:
    """The first mediator in post is proposed the files that waited for one."""
    for file, _ in await queries.proposed_files(tx):
        if file.mediator_id is None:
            _publish_moves(tx, *file.propose_to(mediator_id, tx.now))


def _publish_moves(tx: Transaction, *events: FileEvent) -> None:
    """On the bus, and in the file's own trace."""
    tx.add_all([FileMove.of(event, tx.now) for event in events])
    publish(tx, *events)
