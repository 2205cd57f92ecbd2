"""The servers, as Maven artifacts: fetched once into the ordinary local repository, verified before every start.

`artifacts.json` pins coordinates and SHA-256; nothing outside that list is downloaded or put on a class path. What we
choose ourselves bears the day on which it was the newest of its line (`newest_on`); the rest is what Kafka asks for.
"""

import fcntl
import hashlib
import io
import json
import platform
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from jgo.maven import MavenContext

SOFTWARE = Path(__file__).parents[2] / ".local" / "software"  # what is made of them once
PINS = Path(__file__).with_name("artifacts.json")
OLD = timedelta(days=365)
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64v8", "arm64": "arm64v8"}


class NotTheArtifact(RuntimeError):
    """The file is not the one that was pinned."""


@dataclass(frozen=True)
class Pin:
    artifact: str  # group:name:version
    use: str
    sha256: str
    newest_on: str = ""  # YYYY-MM-DD

    def fetched(self, repository: MavenContext) -> Path:
        """The verified file. Raises NotTheArtifact."""
        group, name, version = self.artifact.split(":")
        path = Path(repository.project(group, name).at_version(version).artifact().resolve())
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != self.sha256:
            raise NotTheArtifact(f"{path} n'est pas {self.artifact} : empreinte {digest}. Effacez-le et recommencez.")
        return path


def all_pins() -> list[Pin]:
    return [Pin(**entry) for entry in json.loads(PINS.read_text())]


def pins(use: str) -> list[Pin]:
    return [pin for pin in all_pins() if pin.use == use]


def version_of(name: str) -> str:
    """The pinned version of the first artifact whose name begins so."""
    return next(pin.artifact for pin in all_pins() if pin.artifact.split(":")[1].startswith(name)).split(":")[2]


def old_pins(today: date) -> list[str]:
    """Those for which nobody has looked for a newer version since a year."""
    chosen = [pin for pin in all_pins() if pin.newest_on]
    return [pin.artifact for pin in chosen if today - date.fromisoformat(pin.newest_on) > OLD]


def fetch(use: str, tell: Callable[[str], None] = print) -> list[Path]:
    """Every artifact of that use, from the local repository or downloaded; `tell` hears of the downloads."""
    repository = MavenContext(timeout=120)
    wanted = pins(use)
    paths = []
    for number, pin in enumerate(wanted, 1):
        group, name, version = pin.artifact.split(":")
        cached = repository.project(group, name).at_version(version).artifact().cached_path
        if cached is None or not cached.exists():
            tell(f"  téléchargement {number}/{len(wanted)} : {name} {version}")
        paths.append(pin.fetched(repository))
    return paths


def postgres_binaries(folder: Path) -> Path:
    """The unpacked PostgreSQL of this machine, put under `folder` once."""
    system = f"{platform.system().lower()}-{ARCHITECTURES[platform.machine().lower()]}"
    (jar,) = fetch(f"postgres-{system}")
    unpacked = folder / jar.stem
    with (folder / f"{jar.stem}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two launchers may begin at once on a new machine
        if not unpacked.exists():
            unpack(jar, unpacked)
    return unpacked


def unpack(jar: Path, unpacked: Path) -> None:
    with zipfile.ZipFile(jar) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".txz")]
        beside = unpacked.with_suffix(".part")
        with tarfile.open(fileobj=io.BytesIO(archive.read(name)), mode="r:xz") as packed:
            packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.2 has none
            packed.extractall(beside)  # noqa: S202 - the file is the pinned one
    beside.rename(unpacked)
