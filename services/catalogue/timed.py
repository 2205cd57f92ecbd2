"""What happens because time passes: labels end, mediators leave, results of imports go."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chassis.db import Reading
from chassis.periodic import Job, for_each, in_transaction
from contracts.ids import MediatorId, SpaceId
from services.catalogue import queries, usecases
from services.catalogue.settings import Settings


def jobs(settings: Settings) -> tuple[Job, ...]:
    """List catalogue's jobs, each with its period in seconds."""
    label_ends = partial(usecases.publish_label_ends, warns=settings.label_warns)
    return (
        for_each("look at labels", 600, _spaces, label_ends),
        for_each("look at posts", 600, _mediators, usecases.publish_departures),
        for_each("refold the words of trainings", 86_400, _codes, usecases.refold_terms),
        Job("import files left behind", 60, usecases.import_left_behind),
        in_transaction("forget imports of places", 86_400, usecases.forget_imports),
        in_transaction("end the journal", 86_400, settings.end_journal),
        in_transaction("state mediators", 86_400, usecases.publish_mediators),
    )


async def _spaces(reading: Reading, _: datetime) -> Sequence[SpaceId]:
    return await queries.spaces_with_ending_labels(reading)


async def _mediators(reading: Reading, _: datetime) -> Sequence[MediatorId]:
    return await queries.leaving_mediators(reading)


async def _codes(reading: Reading, _: datetime) -> Sequence[str]:
    return await queries.training_codes(reading)
