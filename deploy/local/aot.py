"""python -m deploy.local.aot: let Java remember what it learns of Kafka's classes in one start, for all later ones.

The ahead-of-time cache (JEP 514) halves the time and the work of a start; without it Kafka starts as ever.
"""

import tempfile
from pathlib import Path
from uuid import uuid4

from deploy.local.artifacts import fetch
from deploy.local.kafka import AOT, JVM, SERVER, Kafka, aot_cache, class_path
from deploy.local.processes import Children
from deploy.local.servers import free_ports

LONGEST = 60  # seconds that Java may write it, once the broker has ended


class Learner(Kafka):
    def options(self, main: str) -> list[str]:
        """Write the cache at the server's end, beside its place."""
        return [*JVM, *AOT, f"-XX:AOTCacheOutput={self.folder / 'aot'}"] if main == SERVER else [*JVM]

    def stop(self) -> None:
        self.child.stop(within=LONGEST)


def learn(cache: Path) -> None:
    """Start a broker and end it in good order, and put there what Java has written."""
    cache.parent.mkdir(parents=True, exist_ok=True)
    children = Children()
    try:
        with tempfile.TemporaryDirectory(dir=cache.parent) as folder:
            port, controller = free_ports(2)
            learner = Learner(Path(folder), port, controller, uuid4().hex[:22], children)
            learner.start()
            learner.stop()
            (learner.folder / "aot").rename(cache)
    finally:
        children.close()


if __name__ == "__main__":
    if not (cache := aot_cache(class_path(fetch("kafka")))).exists():
        learn(cache)
