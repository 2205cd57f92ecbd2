"""The list of those who were erased, to be stored apart from the backups, and read by a database that was put back."""

import sys
from functools import partial

from chassis.commands import SINCE, moment
from chassis.runtime import Runtime
from services.prescription import queries, usecases
from services.prescription.model import Digests
from services.prescription.settings import Settings


async def listed(runtime: Runtime, arguments: list[str]) -> None:
    """Print a line for each executed request, for `forgotten > FILE` with `--since MOMENT`. It names nobody."""
    since = moment(arguments[-1]) if SINCE in arguments else None
    async with runtime.database.reading() as reading:
        for request in await queries.executed_since(reading, since):
            print(usecases.Forgotten.of(request).written())


async def forget_again(runtime: Runtime, _: list[str]) -> None:
    """Erase, for `forget-again < FILE`, whoever of that list this database still has.

    Refuses while an instance is at work; changes all or nothing. Doing it again changes nothing.
    """
    settings = runtime.declared.settings
    assert isinstance(settings, Settings)  # noqa: S101 - this service's own
    forgotten = [usecases.Forgotten.read(line) for line in sys.stdin if line.strip()]
    try:
        await runtime.binding.check_idle()
    finally:
        await runtime.binding.cluster.close()
    again = partial(usecases.forget_again, forgotten=forgotten, digests=Digests.keyed(settings.erasure_secret))
    numbers = await runtime.work.transact(again)
    print(f"{len(forgotten)} effacements dans la liste ; effacés de nouveau : {len(numbers)}")
