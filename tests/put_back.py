"""Kafka as it was a while ago: what it was given since is lost, as when a broker is restored from a copy."""

import shutil
import subprocess
from pathlib import Path

from deploy.local.kafka import Kafka


def copied(kafka: Kafka, folder: Path) -> Path:
    """Its data of this moment, as it would find it after a power cut; sparse, for indexes are made large."""
    copy = folder / "copy"
    command = ["cp", "-a", "--sparse=always", str(kafka.folder / "data"), str(copy)]
    kafka.pause()
    try:
        subprocess.run(command, check=True)  # noqa: S603 - our own command
    finally:
        kafka.resume()
    return copy


def put_back(kafka: Kafka, copy: Path) -> None:
    kafka.kill()
    shutil.rmtree(kafka.folder / "data")
    copy.rename(kafka.folder / "data")
    kafka.restart()
