"""What happens because time passes: labels end, mediators leave, results of imports go."""

from functools import partial

from chassis.periodic import Job, alone
from services.catalogue import usecases
from services.catalogue.settings import Settings


def jobs(settings: Settings) -> tuple[Job, ...]:
    return (
        alone("look at labels", 600, partial(usecases.look_at_labels, warns=settings.label_warns)),
        alone("look at posts", 600, usecases.look_at_posts),
        alone("forget imports of places", 86_400, usecases.forget_imports),
        alone("refold the words of trainings", 86_400, usecases.refold_terms),
        alone("end the journal", 86_400, settings.end_journal),
    )
