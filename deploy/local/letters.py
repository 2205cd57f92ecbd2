"""The letters of the pages (SIL OFL 1.1), out of the pinned packages of npm, fetched once where npm is.

`letters.json` says by file which package has it, where inside, and its SHA-256. Without npm the pages are written in
the letters of whoever reads them, and nothing else changes.
"""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.artifacts import SOFTWARE, NotTheArtifact

PINS = Path(__file__).with_name("letters.json")
FOLDER = SOFTWARE / "letters"
WITHIN = 20  # seconds
MISSED = SOFTWARE / "letters.missed"
"""There when they could not be had: no later start waits for them again. Remove it to try once more."""


def letters(tell: Callable[[str], None] = print) -> Path | None:
    """Return the folder that has them; nothing where they can't be had. Raises NotTheArtifact."""
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    if all((FOLDER / name).exists() for name in pins):
        return FOLDER
    if MISSED.exists():
        return None
    if not shutil.which("npm"):
        tell("  npm manque : les pages prennent les lettres de la machine de qui les lit.")
        return None
    try:
        fetch(pins, FOLDER)
    except (subprocess.SubprocessError, OSError) as error:
        MISSED.parent.mkdir(parents=True, exist_ok=True)
        MISSED.touch()
        tell(f"  lettres des pages non téléchargées ({type(error).__name__}) : celles de qui les lit.")
        return None
    return FOLDER


def fetch(pins: dict[str, dict[str, str]], folder: Path) -> None:
    """Write the files, all or none. Raises NotTheArtifact, and what npm's end raises."""
    with TemporaryDirectory() as packages:
        contents = {name: taken(pin, Path(packages)) for name, pin in pins.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def taken(pin: dict[str, str], folder: Path) -> bytes:
    with tarfile.open(packed(pin["package"], folder)) as archive:
        inside = archive.extractfile(pin["path"])
        content = inside.read() if inside else b""
    if sha256(content).hexdigest() != pin["sha256"]:
        raise NotTheArtifact(f"{pin['path']} n'est pas celui de {pin['package']} : rien n'est écrit.")
    return content


def packed(package: str, folder: Path) -> Path:
    """Download a package as npm publishes it; npm itself checks it against the registry."""
    command = ["npm", "pack", "--silent", "--fetch-retries=0", package, "--pack-destination", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=WITHIN)  # noqa: S603 - pinned
    return folder / done.stdout.strip()
