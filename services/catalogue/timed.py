"""What happens because time passes: labels end, mediators leave, results of imports go."""

from functools import partial

from chassis.periodic import Job, alone, of_many
from services.catalogue import usecases
from services.catalogue.settings import Settings


def jobs(settings: Settings) -> tuple[Job, ...]:
    labels = partial(usecases.publish_label_ends, warns=settings.label_warns)
    return (
        of_many("look at labels", 600, usecases.spaces_with_ending_labels, labels),
        of_many("look at posts", 600, usecases.leaving_mediators, usecases.publish_departures),
        of_many("refold the words of trainings", 86_400, usecases.all_codes, usecases.refold_terms),
        alone("forget imports of places", 86_400, usecases.forget_imports),
        alone("end the journal", 86_400, settings.end_journal),
        alone("state mediators", 86_400, usecases.publish_mediators),
    )
