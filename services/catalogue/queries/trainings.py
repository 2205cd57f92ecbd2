"""Trainings, by code or all of them, and the words by which each is found."""

from collections.abc import Collection, Sequence

from sqlalchemy import Select, delete, select, text

from chassis.db import Reading, Transaction, any_of
from chassis.plain import plain
from services.catalogue.model import Training, TrainingTerm, TrainingVersion, weighted_texts
from services.catalogue.model.refusals import NoSuchTraining

INSERT_TERMS = text("""
INSERT INTO training_terms (training_id, term, weight)
SELECT weighted.training_id, stem.lexeme, max(weighted.weight)
FROM unnest(CAST(:ids AS uuid[]), CAST(:texts AS text[]), CAST(:weights AS real[]))
         AS weighted(training_id, text, weight),
     unnest(to_tsvector('french', weighted.text)) AS stem
GROUP BY weighted.training_id, stem.lexeme
""")


async def trainings(reading: Reading) -> Sequence[Training]:
    """List what is published, by code."""
    query = select(Training).where(Training.state == "published").order_by(Training.code)
    return (await reading.scalars(query)).all()


async def all_trainings(reading: Reading) -> Sequence[Training]:
    """List all by code, the withdrawn too."""
    return (await reading.scalars(select(Training).order_by(Training.code))).all()


async def training_codes(reading: Reading) -> Sequence[str]:
    """List the codes of all, the withdrawn too."""
    return (await reading.scalars(select(Training.code).order_by(Training.code))).all()


async def training_by_code(reading: Reading, code: str) -> Training:
    """Raises NoSuchTraining."""
    return await _only(reading, select(Training).where(Training.code == code.upper()))


async def training_for_update(tx: Transaction, code: str) -> Training:
    """Raises NoSuchTraining."""
    return await _only(tx, select(Training).where(Training.code == code.upper()).with_for_update())


async def _only(reading: Reading, query: Select[Training]) -> Training:
    training = (await reading.scalars(query)).one_or_none()
    if training is None:
        raise NoSuchTraining
    return training


async def trainings_for_update(tx: Transaction, among: Collection[str] | None = None) -> dict[str, Training]:
    """Lock all, or those of some codes; return them by code."""
    query = select(Training) if among is None else select(Training).where(any_of(Training.code, among))
    return {training.code: training for training in await tx.scalars(query.order_by(Training.id).with_for_update())}


async def versions(reading: Reading, training: Training) -> Sequence[TrainingVersion]:
    """List its versions, the newest first."""
    query = select(TrainingVersion).where(TrainingVersion.training_id == training.id)
    return (await reading.scalars(query.order_by(TrainingVersion.version.desc()))).all()


async def version(reading: Reading, training: Training, number: int) -> TrainingVersion:
    version = await reading.get(TrainingVersion, (training.id, number))
    if version is None:
        raise NoSuchTraining
    return version


async def renew_statistics(tx: Transaction, *tables: str) -> None:
    """Analyse after much was written at once: PostgreSQL does so a minute later, and plans badly until then.

    Of a table that is being analysed already nothing is done.
    """
    await tx.flush()
    await tx.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(tables)}"))


async def replace_terms(tx: Transaction, changed: Sequence[Training]) -> None:
    """Store the stems of what these trainings say, so that the search finds them; after their rows are flushed."""
    if not changed:
        return
    weighted = [
        (training.id, plain(spoken), weight) for training in changed for spoken, weight in weighted_texts(training)
    ]
    ids, texts, weights = (list(column) for column in zip(*weighted, strict=True))
    await tx.execute(
        delete(TrainingTerm).where(any_of(TrainingTerm.training_id, [training.id for training in changed]))
    )
    await tx.execute(INSERT_TERMS, {"ids": ids, "texts": texts, "weights": weights})
