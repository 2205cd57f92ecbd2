"""python -m deploy.letters: takes the letters of the pages anew out of the pinned packages of npm (SIL OFL 1.1).

They are in the repository, so nobody who installs the product needs npm. `letters.json` says by file which package has
it, where inside, and its SHA-256.
"""

import json
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.servers import ROOT

PINS = Path(__file__).with_name("letters.json")
STATIC = ROOT / "county" / "static"


def packed(package: str, folder: Path) -> Path:
    """Download a package as npm publishes it; npm itself checks it against the registry."""
    command = ["npm", "pack", "--silent", package, "--pack-destination", str(folder)]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - pinned
    return folder / name


def main() -> None:
    """Write the files. Exits with a sentence when one is not the pinned one."""
    with TemporaryDirectory() as folder:
        for name, pin in json.loads(PINS.read_text(encoding="utf-8")).items():
            with tarfile.open(packed(pin["package"], Path(folder))) as archive:
                inside = archive.extractfile(pin["path"])
                content = inside.read() if inside else b""
            if sha256(content).hexdigest() != pin["sha256"]:
                sys.exit(f"{name} n'est pas celui de {pin['package']} : rien n'est écrit.")
            (STATIC / name).write_bytes(content)


if __name__ == "__main__":
    main()
