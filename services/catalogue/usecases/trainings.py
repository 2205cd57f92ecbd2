"""Trainings are published from the reviewed files, and written, changed and withdrawn by pages. Rule 12."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from chassis.db import Transaction
from chassis.outbox import publish
from contracts.event import Event
from contracts.ids import TrainingId, uuid7
from services.catalogue import queries
from services.catalogue.model import FROM_FILE, Training
from services.catalogue.model.refusals import CodeTaken
from services.catalogue.trainings import TrainingText

MANY = 50  # rows written at once, after which plans are made anew


async def publish_trainings(tx: Transaction, texts: Iterable[TrainingText]) -> Mapping[str, int]:
    """Publish what is new, rewrite what differs, leave what a person has written. The answer counts each."""
    known = await queries.trainings_for_update(tx)
    counts: Counter[str] = Counter()
    changed: list[Training] = []
    for text in texts:
        outcome, training, events = _from_file(tx, known.get(text.code), text)
        counts[outcome] += 1
        publish(tx, *events)
        changed += [training] if events else []
    await _store_versions(tx, changed, FROM_FILE)
    if len(changed) >= MANY:
        await queries.renew_statistics(tx, "trainings", "training_terms")
    return counts


def _from_file(tx: Transaction, training: Training | None, text: TrainingText) -> tuple[str, Training, list[Event]]:
    if training is None:
        training, published = Training.published(TrainingId(uuid7()), text, tx.now)
        tx.add(training)
        return "created", training, [published]
    if training.by_page:
        return "by_page", training, []
    changed = training.rewrite(text, tx.now)
    return ("changed", training, [changed]) if changed else ("unchanged", training, [])


async def write_training(tx: Transaction, text: TrainingText, by: str, *, new: bool = False) -> Training:
    """Publish a new code, change a known one, publish again what was withdrawn: by page. Raises CodeTaken."""
    training = (await queries.trainings_for_update(tx)).get(text.code)
    if training and new:
        raise CodeTaken
    if training is None:
        training, published = Training.published(TrainingId(uuid7()), text, tx.now, by_page=True)
        tx.add(training)
        publish(tx, published)
    elif changed := training.rewrite(text, tx.now, by_page=True):
        publish(tx, changed)
    else:
        return training
    await _store_versions(tx, [training], by)
    return training


async def withdraw_training(tx: Transaction, code: str, by: str) -> Training:
    """Withdraw it: its sessions take place as they were sold, no other can be put on."""
    training = await queries.training_for_update(tx, code)
    if withdrawn := training.withdraw(tx.now):
        publish(tx, withdrawn)
        await _store_versions(tx, [training], by)
    return training


async def refold_terms(tx: Transaction, among: Collection[str] | None = None) -> None:
    """Store the words by which trainings are found in the letters of today: another version may have written them.

    Of all, or of those of some codes.
    """
    await queries.replace_terms(tx, [*(await queries.trainings_for_update(tx, among)).values()])


async def _store_versions(tx: Transaction, changed: list[Training], by: str) -> None:
    """The version it is now, the words by which it is found, and the sessions that show it."""
    await tx.flush()
    tx.add_all([training.as_version(by) for training in changed])
    await tx.flush()
    await queries.replace_terms(tx, changed)
    await queries.touch_sessions(tx, [training.id for training in changed])
