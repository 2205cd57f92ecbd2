"""Which worker runs which test: any of them any test, but for folders whose tests share one system.

pytest-xdist has groups for this (`--dist loadgroup`), which pytest 9.2 no longer shows to it.
"""

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

TOGETHER = {"journeys", "secured"}


class BySystem(LoadScopeScheduling):  # type: ignore[misc]  # xdist's schedulers have no types
    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in TOGETHER else nodeid
