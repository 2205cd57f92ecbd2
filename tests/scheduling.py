"""Which worker runs which test: any of them any test, but for folders whose tests share one system.

pytest-xdist has groups for this (`--dist loadgroup`), which pytest 9.2 no longer shows to it.
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

LONGEST = ("journeys", "secured", "faults", "restore")
TOGETHER = {"journeys", "secured"}


def rank(folder: str) -> int:
    """When the tests of a folder begin: the longest first, all others in their order."""
    return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)


class BySystem(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers have no types
    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in TOGETHER else nodeid
